-- POST of 64 KiB; the request is built once, so the generator's own cost stays small.
wrk.method = "POST"
wrk.body = string.rep("x", 65536)
wrk.headers["Content-Type"] = "application/octet-stream"
