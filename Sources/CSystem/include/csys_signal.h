#ifndef CSYS_SIGNAL_H
#define CSYS_SIGNAL_H

#include <stdint.h>

/* The highest signal that can be counted. */
#define CSYS_SIGNAL_LIMIT 64

/* Makes this process's event descriptor (close-on-exec, non-blocking), which becomes readable when
 * a watched signal arrives; the one it already has when there is one. */
int csys_signal_open(void);

/* Counts this signal from now on: the handler adds one and writes the event descriptor. */
int csys_signal_watch(int number);

/* How often a watched signal arrived since the last time it was asked for. */
uint32_t csys_signal_take(int number);

/* Counts a signal that nobody had to send, as if it had arrived so often; wakes nobody. */
void csys_signal_add(int number, uint32_t count);

/* Forgets the wake-ups, so that the event descriptor waits for the next one. */
void csys_signal_drain(void);

/* Gives a signal its default action. */
int csys_signal_default(int number);

/* Ignores a signal. */
int csys_signal_ignore(int number);

/* Sends a signal. */
int csys_signal_send(int process, int number);

/* Holds back, in this thread, the signals that ask a worker for something, until they are let
 * through; held ones are not lost. A child begins with what its parent held. */
void csys_signal_hold(void);
void csys_signal_let_through(void);

/* In a child, before anything else: default actions for what was watched, no counts, and no
 * descriptor shared with the parent. csys_process_fork calls it. */
void csys_signal_disown(void);

#endif
