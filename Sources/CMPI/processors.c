#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CMPI.h"

#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#endif

int fss_allowed_processors(uint8_t *mask, size_t capacity) {
    memset(mask, 0, capacity);
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        int count = 0;
        for (size_t i = 0; i < capacity && i < CPU_SETSIZE; i++) {
            if (!CPU_ISSET(i, &set)) continue;
            mask[i] = 1;
            count++;
        }
        return count;
    }
#endif
    long known = sysconf(_SC_NPROCESSORS_ONLN);
    int count = known < 1 ? 1 : (int)known;
    for (size_t i = 0; i < capacity && i < (size_t)count; i++) mask[i] = 1;
    return count;
}
