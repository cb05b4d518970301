// Ranks that talk by MPI: what this library needs of it, without mpi.h in sight.
//
// Every function may be called from any thread; calls take turns. Waiting never holds the turn, sleeps instead of spinning and
// ends the process where another rank was silent for too long. Without FSS_MPI nothing of MPI is included or linked and every
// function returns FSS_MPI_NOT_BUILT.

#ifndef FSS_C_MPI_H
#define FSS_C_MPI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Beside these, functions return MPI's own codes, which are positive.
enum {
    FSS_MPI_OK = 0,
    FSS_MPI_NOT_BUILT = -1,
    FSS_MPI_NOT_STARTED = -2,
    FSS_MPI_TOO_LARGE = -3,
    FSS_MPI_OUT_OF_MEMORY = -4,
    FSS_MPI_NO_THREADS = -5
};

// Whether MPI is in this build.
int fss_mpi_is_built(void);

// Joins the other ranks. Each tells the others once a second that it lives; one that was silent for `silence` seconds ends all.
int fss_mpi_start(int silence);

// Leaves, after all others arrived here, too.
int fss_mpi_finish(void);

// Ends all ranks at once.
void fss_mpi_abort(int code);

int fss_mpi_rank(void);
int fss_mpi_size(void);
// The number of this rank's machine, of machines, and of ranks on this machine.
int fss_mpi_node(void);
int fss_mpi_node_count(void);
int fss_mpi_ranks_on_node(void);

int fss_mpi_barrier(void);
int fss_mpi_broadcast(void *bytes, int64_t count, int root);
// Everybody gets everybody's bytes, by rank; `counts` are known to all.
int fss_mpi_all_gather(const void *own, void *all, const int64_t *counts);
// Begins a sum of blocks of floats and does not wait: a thread of this library carries it on while the caller computes.
//
// Every rank has some blocks of `length` floats, one after the other in `blocks`; `block_counts` says how many each rank has and is
// known to all. A rank gets its part of everybody's blocks, adds them up and gives the sum to the others. `additions` has pairs of
// numbers among all ranks' blocks, in order: the second is added to the first; the sum is where `result` says. So the order of
// additions is the caller's. All ranks begin the same sums with the same numbers; one number is used again after its sum was finished.
// What is given is copied. Negative codes come back as they are, otherwise `sum` names the sum.
typedef struct FSSMPISum FSSMPISum;
// Numbers of sums are less than this.
enum { FSS_MPI_SUM_NUMBERS = 16000 };
int fss_mpi_sum_begin(const float *blocks, const int64_t *block_counts, int64_t length, const int32_t *additions,
    int64_t addition_count, int32_t result, int32_t number, FSSMPISum **sum);

// Waits for a sum, writes its `length` floats to `total` and frees it.
int fss_mpi_sum_finish(FSSMPISum *sum, float *total);

// Nanoseconds in which at least one sum was under way, and those that fss_mpi_sum_finish waited of them.
void fss_mpi_sum_times(int64_t *under_way, int64_t *waited_for);

// A message to one rank; the bytes are copied and the function does not wait.
int fss_mpi_send(const void *bytes, int64_t count, int target);
// The size of the next message that arrived and who sent it, or a negative size where none did.
int fss_mpi_waiting(int64_t *count, int *source);
int fss_mpi_receive(void *bytes, int64_t count, int source);

// The next number of a counter that all ranks share, from 0. Rank 0 answers on a thread of its own.
int fss_mpi_take(int64_t counter, int64_t *number);

// Bytes that this rank sent in collective calls and messages, and nanoseconds that it waited in them.
void fss_mpi_traffic(int64_t *bytes, int64_t *nanoseconds);

// A code in words.
void fss_mpi_describe(int code, char *text, size_t capacity);

// Processors that this process may run on, as ones in `mask`; returns how many there are.
int fss_allowed_processors(uint8_t *mask, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
