// Threads of libgomp's pool, the one that oneDNN on Debian uses, entered through its plain C symbols so that no OpenMP
// compiler support is needed.

#include "Parallel.h"

#include <stdlib.h>
#include <string.h>

#include <atomic>

#include "include/fss_threads.h"

#if defined(FSS_ONEDNN)
extern "C" {
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int count);
}
#endif

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FSS_TSAN 1
extern "C" void __tsan_acquire(void *address);
extern "C" void __tsan_release(void *address);
#endif
#endif

namespace fss {

namespace {

#if defined(FSS_ONEDNN)
std::atomic<int> requestedThreads{0};
#endif

struct Job {
    RangeBody body;
    void *context;
    ptrdiff_t count;
    unsigned parts;
};

void run_part(const Job &job, unsigned part) {
    // Parts begin at multiples of 64 elements where there are many, for whole vectors and cache lines.
    ptrdiff_t unit = job.count >= (ptrdiff_t)job.parts * 1024 ? 64 : 1;
    ptrdiff_t units = (job.count + unit - 1) / unit;
    ptrdiff_t begin = units * part / job.parts * unit;
    ptrdiff_t end = units * (part + 1) / job.parts * unit;
    if (end > job.count) end = job.count;
    if (begin < end) job.body(job.context, begin, end);
}

#if defined(FSS_ONEDNN)
void run_on_thread(void *data) {
    const Job &job = *static_cast<const Job *>(data);
#if defined(FSS_TSAN)
    // The sanitizer does not see libgomp's own synchronisation.
    __tsan_acquire(data);
#endif
    unsigned threads = (unsigned)omp_get_num_threads();
    for (unsigned part = (unsigned)omp_get_thread_num(); part < job.parts; part += threads) run_part(job, part);
#if defined(FSS_TSAN)
    __tsan_release(data);
#endif
}
#endif

struct Scratch {
    void *memory[scratchSlotCount] = {};
    size_t size[scratchSlotCount] = {};
    ~Scratch() {
        for (void *block : memory) free(block);
    }
};

}

int thread_count() {
#if defined(FSS_ONEDNN)
    static thread_local int applied = 0;
    static thread_local int inForce = 0;
    int wanted = requestedThreads.load(std::memory_order_relaxed);
    if (wanted > 0 && wanted != applied) {
        omp_set_num_threads(wanted);
        applied = wanted;
        inForce = wanted;
    }
    if (inForce == 0) inForce = omp_get_max_threads();
    return inForce;
#else
    return 1;
#endif
}

void parallel_ranges(ptrdiff_t count, ptrdiff_t grain, RangeBody body, void *context) {
    if (count <= 0) return;
    ptrdiff_t most = (count + grain - 1) / grain;
    ptrdiff_t threads = most > 1 ? thread_count() : 1;
    if (most < threads) threads = most;
    if (threads <= 1) return body(context, 0, count);
    Job job = {body, context, count, (unsigned)threads};
#if defined(FSS_ONEDNN)
#if defined(FSS_TSAN)
    __tsan_release(&job);
#endif
    GOMP_parallel(run_on_thread, &job, job.parts, 0);
#if defined(FSS_TSAN)
    __tsan_acquire(&job);
#endif
#else
    for (unsigned part = 0; part < job.parts; ++part) run_part(job, part);
#endif
}

void *scratch(ScratchSlot slot, size_t bytes) {
    static thread_local Scratch own;
    if (own.size[slot] < bytes) {
        free(own.memory[slot]);
        size_t size = (bytes + bytes / 4 + 4095) / 4096 * 4096;
        own.memory[slot] = nullptr;
        if (posix_memalign(&own.memory[slot], 64, size) != 0) abort();
        own.size[slot] = size;
    }
    return own.memory[slot];
}

}

void fss_set_threads(int count) {
#if defined(FSS_ONEDNN)
    static const int initial = omp_get_max_threads();
    fss::requestedThreads.store(count > 0 ? count : initial, std::memory_order_relaxed);
#else
    (void)count;
#endif
}

int fss_threads(void) { return fss::thread_count(); }

void fss_copy(void *to, const void *from, size_t bytes) {
    fss::parallel((ptrdiff_t)bytes, 1 << 18, [&](ptrdiff_t begin, ptrdiff_t end) {
        memcpy((char *)to + begin, (const char *)from + begin, (size_t)(end - begin));
    });
}
