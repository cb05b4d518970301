#include "forked_process.h"

#include <errno.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_all(int file, char *output, size_t capacity, size_t *length) {
    char spilled[4096];
    for (;;) {
        const size_t room = capacity - *length;
        const ssize_t count = read(file, room ? output + *length : spilled, room ? room : sizeof spilled);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        if (room) *length += (size_t)count;
    }
}

int forked_process_run(void (*body)(int), int number, unsigned seconds, char *output, size_t capacity, size_t *length) {
    int ends[2];
    *length = 0;
    if (pipe(ends) != 0) return -1000;
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        alarm(seconds);
        body(number);
        _exit(0);
    }
    close(ends[1]);
    if (child > 0) read_all(ends[0], output, capacity, length);
    close(ends[0]);
    if (child < 0) return -1000;
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return -1000;
    }
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}
