// Joins network namespaces by a line with a rate, a delay and a loss, where the kernel has no netem: a TAP device in each namespace, and
// this program carries frames between them. Made on demand by hosts.py; needs /dev/net/tun and root.
//
//   link RATE DELAY LOSS SEED NAMESPACE NAMESPACE...
//
// RATE in bits a second (0: as fast as it goes), DELAY in seconds one way, LOSS as a share of frames, namespaces as files
// (/proc/<pid>/ns/net). Says "ready" when the devices `link0` are there. Each namespace has a line of its own to all others: while more than
// a millisecond of frames waits for it, frames stay in the device's queue of bounded length, which loses what is too much.
// SIGUSR1 cuts the line, SIGUSR2 joins it again; SIGTERM ends and prints frames carried, lost and processor seconds.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PORTS = 16, SLOTS = 4096, LARGEST = 9100, TURN = 64 };
// Frames that may wait for the line, and what it gives for the time in which this program did not run, in nanoseconds.
static const int64_t WAITING = 1000000, SLEPT = 300000;

typedef struct {
    int64_t due;
    int length, is_lost;
    unsigned char bytes[LARGEST];
} Frame;

typedef struct {
    int device;
    unsigned char address[6];
    // Frames under way from here, the oldest first, and when the line is free for the next one.
    Frame *frames;
    uint64_t first, last;
    int64_t free;
} Port;

static volatile sig_atomic_t is_cut, is_over;
static Port ports[MOST_PORTS];
static int port_count;
static uint64_t carried, lost, state;

static void heard(int signal) {
    if (signal == SIGTERM || signal == SIGINT) is_over = 1;
    else is_cut = signal == SIGUSR1;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// In [0, 1), by xorshift64*.
static double drawn(void) {
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (double)((state * 0x2545f4914f6cdd1dULL) >> 11) / 9007199254740992.0;
}

static void fail(const char *what, const char *about) {
    fprintf(stderr, "link: %s %s: %s\n", what, about, strerror(errno));
    exit(1);
}

static void open_port(const char *path) {
    struct ifreq request = {0};
    Port *port = &ports[port_count++];
    int space = open(path, O_RDONLY | O_CLOEXEC);
    if (space < 0 || setns(space, CLONE_NEWNET)) fail("cannot enter", path);
    close(space);
    port->device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (port->device < 0) fail("cannot open", "/dev/net/tun");
    strcpy(request.ifr_name, "link0");
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(port->device, TUNSETIFF, &request)) fail("cannot make a device in", path);
    port->frames = malloc(SLOTS * sizeof *port->frames);
    if (!port->frames) fail("no memory for", path);
}

// Takes frames off a device as long as its line has room.
static void take(Port *port, double rate, int64_t delay, double loss) {
    for (int turn = 0; turn < TURN && port->last - port->first < SLOTS; turn++) {
        Frame *frame = &port->frames[port->last % SLOTS];
        int64_t time = now();
        if (port->free - time > WAITING) return;
        ssize_t length = read(port->device, frame->bytes, LARGEST);
        if (length < 14) return;
        memcpy(port->address, frame->bytes + 6, 6);
        // Preamble, checksum and gap of Ethernet take the line, too.
        int64_t duration = rate > 0 ? (int64_t)((double)(length + 24) * 8e9 / rate) : 0;
        int64_t start = port->free > time - SLEPT ? port->free : time - SLEPT;
        port->free = start + duration;
        frame->due = (port->free > time ? port->free : time) + delay;
        frame->length = (int)length;
        frame->is_lost = is_cut || (loss > 0 && drawn() < loss);
        port->last++;
    }
}

// Hands over what is due.
static void give(Port *port, int64_t time) {
    for (; port->first < port->last; port->first++) {
        Frame *frame = &port->frames[port->first % SLOTS];
        if (frame->due > time) return;
        if (frame->is_lost || is_cut) {
            lost++;
            continue;
        }
        Port *target = NULL;
        for (int other = 0; other < port_count; other++) {
            if (&ports[other] != port && !memcmp(ports[other].address, frame->bytes, 6)) target = &ports[other];
        }
        for (int other = 0; other < port_count; other++) {
            if (&ports[other] == port || (target && &ports[other] != target)) continue;
            if (write(ports[other].device, frame->bytes, (size_t)frame->length) < 0) lost++;
            else carried++;
        }
    }
}

int main(int count, char **words) {
    if (count < 7 || count - 5 > MOST_PORTS) {
        fprintf(stderr, "usage: link RATE DELAY LOSS SEED NAMESPACE NAMESPACE...\n");
        return 64;
    }
    double rate = atof(words[1]), loss = atof(words[3]);
    int64_t delay = (int64_t)(atof(words[2]) * 1e9);
    state = strtoull(words[4], NULL, 10) * 0x9e3779b97f4a7c15ULL + 1;
    for (int place = 5; place < count; place++) open_port(words[place]);
    // Ends with who started it; comes before those that compute, as a wire does; timers are not rounded.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
    prctl(PR_SET_TIMERSLACK, 1);
    struct sigaction action = {.sa_handler = heard};
    int signals[] = {SIGTERM, SIGINT, SIGUSR1, SIGUSR2};
    for (int place = 0; place < 4; place++) sigaction(signals[place], &action, NULL);
    puts("ready");
    fflush(stdout);
    while (!is_over) {
        struct pollfd waiting[MOST_PORTS];
        int64_t time = now(), next = time + 100000000;
        for (int place = 0; place < port_count; place++) {
            Port *port = &ports[place];
            give(port, time);
            int64_t room = port->free - WAITING;
            int is_full = port->last - port->first == SLOTS;
            waiting[place] = (struct pollfd){port->device, room > time || is_full ? 0 : POLLIN, 0};
            if (port->first < port->last && port->frames[port->first % SLOTS].due < next) next = port->frames[port->first % SLOTS].due;
            if (room > time && room < next) next = room;
        }
        int64_t rest = next > time ? next - time : 0;
        struct timespec limit = {rest / 1000000000, rest % 1000000000};
        if (ppoll(waiting, (nfds_t)port_count, &limit, NULL) < 0 && errno != EINTR) fail("cannot wait for", "frames");
        for (int place = 0; place < port_count; place++) {
            // A device that nobody set up yet has nothing to say.
            if (waiting[place].revents & POLLIN) take(&ports[place], rate, delay, loss);
        }
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("%llu carried, %llu lost, %.2f s of a processor\n", (unsigned long long)carried, (unsigned long long)lost, seconds);
    return 0;
}
