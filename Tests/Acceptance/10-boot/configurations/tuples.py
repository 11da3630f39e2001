bind = ("127.0.0.1:0",)
user_agent = "x"
group_by = "y"
(first, second), third = (1, 2), 3
workers = first + second + third
del first, second, third
