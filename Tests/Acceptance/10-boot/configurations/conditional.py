try:
    import nothing_of_that_name as tracing
except ImportError:
    tracing = None

with open(__file__) as file:
    lines = len(file.readlines())

for number in range(3):
    workers = number

while False:
    pass

threads = 1 if tracing is None else 4
_thread = 5
