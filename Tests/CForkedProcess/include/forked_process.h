#ifndef FORKED_PROCESS_H
#define FORKED_PROCESS_H

#include <stddef.h>

// Runs `body(number)` in a copy of the calling process, which must have one thread. What the copy writes to standard error
// goes to `output`, at most `capacity` bytes. Returns the exit status, or minus the number of the signal that ended it; the
// copy is ended by SIGALRM after `seconds`. -1000 where no process could be made.
int forked_process_run(void (*body)(int number), int number, unsigned seconds, char *output, size_t capacity, size_t *length);

#endif
