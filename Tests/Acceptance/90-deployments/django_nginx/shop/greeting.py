GREETING = "Hello from the shop"
