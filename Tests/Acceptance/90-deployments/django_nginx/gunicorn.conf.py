bind = "unix:shop.sock"
workers = 2
accesslog = "access.log"
access_log_format = '%({x-forwarded-for}i)s "%(r)s" %(s)s %(b)s'
pidfile = "shop.pid"
