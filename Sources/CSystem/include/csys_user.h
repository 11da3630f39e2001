#ifndef CSYS_USER_H
#define CSYS_USER_H

#include <stddef.h>

/* The number of a user or a group by name; -1 where there is none. */
long csys_user_number(const char *name);
long csys_group_number(const char *name);

/* The environment's strings, ended by NULL. */
char **csys_environment(void);

/* One variable; NULL where there is none. */
const char *csys_environment_variable(const char *name);

/* The current directory; its length, or the negated errno. */
long csys_directory_current(char *path, size_t room);

/* 1 where two paths lead to one file. */
int csys_path_same(const char *first, const char *second);

/* Columns of the terminal at standard output; 0 where it is none. */
int csys_terminal_columns(void);

#endif
