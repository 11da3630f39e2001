/* The service manager's library, found when it is first needed: docs/decisions/0001 says why it is
 * not linked. Results are non-negative, or the negated errno; -ELIBACC says that the library is
 * not on this machine. */
#ifndef CSYSTEMD_H
#define CSYSTEMD_H

/* Tells the service manager something by the library's own function, which may wait for it; 0 when
 * none listens. */
int csystemd_notify(const char *state);

/* How many descriptors (from 3 on) were passed to this process; `names` gets their names, each to
 * be freed with the list by csystemd_free_names. Takes the variables out of the environment. */
int csystemd_take_descriptors(char ***names);

void csystemd_free_names(char **names, int count);

/* 1 when a descriptor is a stream socket that listens, 0 when it is anything else. */
int csystemd_is_listening(int descriptor);

#endif
