#include "CMPI.h"

#ifdef FSS_MPI

#include "internal.h"

#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TAG_MESSAGE = 1, TAG_ALIVE, TAG_TAKE, TAG_NUMBER };

pthread_mutex_t fss_mpi_turn = PTHREAD_MUTEX_INITIALIZER;
static MPI_Comm world, control;
static int own_rank, rank_count = 1, own_node, node_count = 1, node_ranks = 1;
static atomic_int is_started, is_leaving;
static atomic_llong sent_bytes, waited;

static pthread_t keeper;
static int silence_limit;

// What rank 0 counts for all.
static int64_t *counters;
static int64_t counter_count;

int64_t fss_mpi_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void fss_mpi_rest(long nanoseconds) {
    struct timespec time = {0, nanoseconds};
    nanosleep(&time, NULL);
}

// Waits for a request. Short waits spin, longer ones sleep, so that ranks that share processors do not take them from each other.
static int finished(MPI_Request *request) {
    int code, done = 0;
    int64_t start = fss_mpi_now();
    for (int round = 0;; round++) {
        if (IN_TURN(MPI_Test(request, &done, MPI_STATUS_IGNORE)) != MPI_SUCCESS || done) break;
        if (round < 64) sched_yield();
        else fss_mpi_rest(round < 1024 ? 20000 : 200000);
    }
    atomic_fetch_add(&waited, fss_mpi_now() - start);
    return code;
}

int fss_mpi_is_started(void) { return atomic_load(&is_started); }

void fss_mpi_count(int64_t sent, int64_t nanoseconds) {
    atomic_fetch_add(&sent_bytes, sent);
    atomic_fetch_add(&waited, nanoseconds);
}

int fss_mpi_is_built(void) { return 1; }
int fss_mpi_rank(void) { return own_rank; }
int fss_mpi_size(void) { return rank_count; }
int fss_mpi_node(void) { return own_node; }
int fss_mpi_node_count(void) { return node_count; }
int fss_mpi_ranks_on_node(void) { return node_ranks; }

// The number that rank 0 gives out next; negative without memory.
static int64_t next_number(int64_t counter) {
    if (counter >= counter_count) {
        int64_t count = counter + 64;
        int64_t *grown = realloc(counters, (size_t)count * sizeof *grown);
        if (!grown) return FSS_MPI_OUT_OF_MEMORY;
        memset(grown + counter_count, 0, (size_t)(count - counter_count) * sizeof *grown);
        counters = grown;
        counter_count = count;
    }
    return counters[counter]++;
}

// Ends everything because of a rank that says nothing.
static void mourn(int rank, const char *names, int silent) {
    fprintf(stderr, "Error: rank %d of %d on %s was silent for %d s: its process, its machine or the network is gone\n", rank,
        rank_count, names + (size_t)rank * MPI_MAX_PROCESSOR_NAME, silent);
    fflush(stderr);
    // An abort that waits for the lost rank must not keep this one.
    alarm(5);
    MPI_Abort(world, 1);
    _exit(1);
}

// What one rank's thread knows of the others.
typedef struct {
    char *names;
    int64_t *heard;
    MPI_Request *requests;
    int64_t *answers;
    MPI_Request *answering;
} Watch;

// Takes what arrived for the thread: signs of life, and at rank 0 requests for numbers.
static void listen(Watch *watch) {
    int there = 1;
    MPI_Status status;
    while (MPI_Iprobe(MPI_ANY_SOURCE, TAG_ALIVE, control, &there, &status) == MPI_SUCCESS && there) {
        char mark;
        MPI_Recv(&mark, 1, MPI_CHAR, status.MPI_SOURCE, TAG_ALIVE, control, MPI_STATUS_IGNORE);
        watch->heard[status.MPI_SOURCE] = fss_mpi_now();
    }
    while (own_rank == 0 && MPI_Iprobe(MPI_ANY_SOURCE, TAG_TAKE, control, &there, &status) == MPI_SUCCESS && there) {
        int source = status.MPI_SOURCE;
        int64_t counter = 0;
        MPI_Recv(&counter, 1, MPI_INT64_T, source, TAG_TAKE, control, MPI_STATUS_IGNORE);
        MPI_Wait(&watch->answering[source], MPI_STATUS_IGNORE);
        watch->answers[source] = next_number(counter);
        MPI_Isend(&watch->answers[source], 1, MPI_INT64_T, source, TAG_NUMBER, control, &watch->answering[source]);
    }
}

// Rank 0 hears all and is heard by all; who waits for another rank than 0 is told of its end by rank 0.
static void *keep(void *unused) {
    Watch *watch = unused;
    char mark = 1;
    int64_t told = 0;
    while (!atomic_load(&is_leaving)) {
        int64_t time = fss_mpi_now();
        pthread_mutex_lock(&fss_mpi_turn);
        listen(watch);
        if (time - told > 1000000000) {
            told = time;
            for (int rank = 0; rank < rank_count; rank++) {
                int done = 0;
                if (rank == own_rank || (own_rank != 0 && rank != 0)) continue;
                if (MPI_Test(&watch->requests[rank], &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || !done) continue;
                MPI_Isend(&mark, 1, MPI_CHAR, rank, TAG_ALIVE, control, &watch->requests[rank]);
            }
        }
        pthread_mutex_unlock(&fss_mpi_turn);
        for (int rank = 0; rank < rank_count; rank++) {
            if (rank == own_rank || (own_rank != 0 && rank != 0)) continue;
            // A process that was stopped itself finds all others silent at once: they get a second to be heard first.
            int silent = (int)((time - watch->heard[rank]) / 1000000000);
            if (silent < silence_limit) continue;
            if (fss_mpi_now() - time > 500000000) break;
            mourn(rank, watch->names, silent);
        }
        fss_mpi_rest(own_rank == 0 ? 500000 : 20000000);
    }
    return NULL;
}

static int shape_of_nodes(void) {
    MPI_Comm node, heads;
    int local = 0, code;
    if ((code = MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node))) return code;
    MPI_Comm_rank(node, &local);
    MPI_Comm_size(node, &node_ranks);
    if ((code = MPI_Comm_split(world, local == 0 ? 0 : 1, own_rank, &heads))) return code;
    int numbers[2] = {0, 1};
    if (local == 0) MPI_Comm_rank(heads, &numbers[0]), MPI_Comm_size(heads, &numbers[1]);
    MPI_Bcast(numbers, 2, MPI_INT, 0, node);
    own_node = numbers[0];
    node_count = numbers[1];
    MPI_Comm_free(&heads);
    MPI_Comm_free(&node);
    return MPI_SUCCESS;
}

// What the thread needs; nil without memory.
static Watch *made_watch(void) {
    size_t count = (size_t)rank_count;
    Watch *watch = calloc(1, sizeof *watch);
    if (!watch) return NULL;
    watch->names = calloc(count, MPI_MAX_PROCESSOR_NAME);
    watch->heard = calloc(count, sizeof *watch->heard);
    watch->requests = calloc(count, sizeof *watch->requests);
    watch->answers = calloc(count, sizeof *watch->answers);
    watch->answering = calloc(count, sizeof *watch->answering);
    if (!watch->names || !watch->heard || !watch->requests || !watch->answers || !watch->answering) return NULL;
    for (size_t rank = 0; rank < count; rank++) {
        watch->heard[rank] = fss_mpi_now();
        watch->requests[rank] = watch->answering[rank] = MPI_REQUEST_NULL;
    }
    return watch;
}

int fss_mpi_start(int silence) {
    int code, provided = 0;
    if (atomic_load(&is_started)) return FSS_MPI_OK;
    // Calls take turns, whatever MPI offers; a library without any threads cannot have the one that keeps watch.
    if ((code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided))) return code;
    if (provided < MPI_THREAD_SERIALIZED) return FSS_MPI_NO_THREADS;
    if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &world))) return code;
    if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &control))) return code;
    MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(control, MPI_ERRORS_RETURN);
    MPI_Comm_rank(world, &own_rank);
    MPI_Comm_size(world, &rank_count);
    if ((code = shape_of_nodes()) || (code = fss_mpi_sums_start(world))) return code;
    Watch *watch = made_watch();
    if (!watch) return FSS_MPI_OUT_OF_MEMORY;
    char name[MPI_MAX_PROCESSOR_NAME] = {0};
    int length = 0;
    MPI_Get_processor_name(name, &length);
    code = MPI_Allgather(name, MPI_MAX_PROCESSOR_NAME, MPI_CHAR, watch->names, MPI_MAX_PROCESSOR_NAME, MPI_CHAR, world);
    if (code) return code;
    silence_limit = silence;
    atomic_store(&is_started, 1);
    if (rank_count > 1 && pthread_create(&keeper, NULL, keep, watch)) return FSS_MPI_NO_THREADS;
    return FSS_MPI_OK;
}

int fss_mpi_finish(void) {
    if (!atomic_load(&is_started)) return FSS_MPI_NOT_STARTED;
    int code = fss_mpi_barrier();
    fss_mpi_sums_stop();
    atomic_store(&is_leaving, 1);
    if (rank_count > 1) pthread_join(keeper, NULL);
    atomic_store(&is_started, 0);
    return code ? code : MPI_Finalize();
}

void fss_mpi_abort(int code) {
    if (!atomic_load(&is_started)) return;
    // Another thread may be inside of MPI and never come back; what ends the process need not wait for it.
    alarm(5);
    MPI_Abort(world, code);
}

#define REQUIRE_STARTED if (!atomic_load(&is_started)) return FSS_MPI_NOT_STARTED

int fss_mpi_barrier(void) {
    REQUIRE_STARTED;
    MPI_Request request;
    int code;
    return IN_TURN(MPI_Ibarrier(world, &request)) ? code : finished(&request);
}

int fss_mpi_broadcast(void *bytes, int64_t count, int root) {
    REQUIRE_STARTED;
    const int64_t most = 1 << 30;
    for (int64_t first = 0; first < count; first += most) {
        MPI_Request request;
        int code, part = (int)(count - first < most ? count - first : most);
        if (IN_TURN(MPI_Ibcast((char *)bytes + first, part, MPI_BYTE, root, world, &request))) return code;
        if ((code = finished(&request))) return code;
        if (own_rank == root) atomic_fetch_add(&sent_bytes, (int64_t)part * (rank_count - 1));
    }
    return FSS_MPI_OK;
}

// Counts and places as MPI takes them; 0 where they do not fit.
static int placed(const int64_t *counts, int *numbers, int *places) {
    int64_t place = 0;
    for (int rank = 0; rank < rank_count; rank++) {
        if (counts[rank] < 0 || counts[rank] > INT_MAX || place > INT_MAX) return 0;
        numbers[rank] = (int)counts[rank];
        places[rank] = (int)place;
        place += counts[rank];
    }
    return 1;
}

int fss_mpi_all_gather(const void *own, void *all, const int64_t *counts) {
    REQUIRE_STARTED;
    int *numbers = calloc((size_t)rank_count * 2, sizeof *numbers), code = FSS_MPI_TOO_LARGE;
    if (!numbers) return FSS_MPI_OUT_OF_MEMORY;
    if (placed(counts, numbers, numbers + rank_count)) {
        MPI_Request request;
        (void)IN_TURN(MPI_Iallgatherv(
            own, numbers[own_rank], MPI_BYTE, all, numbers, numbers + rank_count, MPI_BYTE, world, &request));
        if (!code) code = finished(&request);
        atomic_fetch_add(&sent_bytes, counts[own_rank] * (rank_count - 1));
    }
    free(numbers);
    return code;
}

// Messages on their way; each is freed when a later one finds it delivered.
typedef struct Parcel {
    struct Parcel *next;
    MPI_Request request;
    char bytes[];
} Parcel;

static Parcel *parcels;

int fss_mpi_send(const void *bytes, int64_t count, int target) {
    REQUIRE_STARTED;
    if (count < 0 || count > INT_MAX) return FSS_MPI_TOO_LARGE;
    Parcel *parcel = malloc(sizeof *parcel + (size_t)count);
    if (!parcel) return FSS_MPI_OUT_OF_MEMORY;
    memcpy(parcel->bytes, bytes, (size_t)count);
    pthread_mutex_lock(&fss_mpi_turn);
    for (Parcel **place = &parcels; *place;) {
        int done = 0;
        Parcel *old = *place;
        if (MPI_Test(&old->request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done) {
            place = &old->next;
            continue;
        }
        *place = old->next;
        free(old);
    }
    int code = MPI_Isend(parcel->bytes, (int)count, MPI_BYTE, target, TAG_MESSAGE, world, &parcel->request);
    parcel->next = parcels;
    parcels = parcel;
    pthread_mutex_unlock(&fss_mpi_turn);
    atomic_fetch_add(&sent_bytes, count);
    return code;
}

int fss_mpi_waiting(int64_t *count, int *source) {
    REQUIRE_STARTED;
    MPI_Status status;
    int code, there = 0, size = 0;
    *count = -1;
    pthread_mutex_lock(&fss_mpi_turn);
    code = MPI_Iprobe(MPI_ANY_SOURCE, TAG_MESSAGE, world, &there, &status);
    if (code == MPI_SUCCESS && there && (code = MPI_Get_count(&status, MPI_BYTE, &size)) == MPI_SUCCESS) {
        *count = size;
        *source = status.MPI_SOURCE;
    }
    pthread_mutex_unlock(&fss_mpi_turn);
    return code;
}

int fss_mpi_receive(void *bytes, int64_t count, int source) {
    REQUIRE_STARTED;
    if (count < 0 || count > INT_MAX) return FSS_MPI_TOO_LARGE;
    MPI_Request request;
    int code;
    return IN_TURN(MPI_Irecv(bytes, (int)count, MPI_BYTE, source, TAG_MESSAGE, world, &request)) ? code : finished(&request);
}

int fss_mpi_take(int64_t counter, int64_t *number) {
    REQUIRE_STARTED;
    int code = FSS_MPI_OK;
    if (own_rank == 0) {
        pthread_mutex_lock(&fss_mpi_turn);
        *number = next_number(counter);
        pthread_mutex_unlock(&fss_mpi_turn);
    } else {
        MPI_Request asking, answer;
        if (IN_TURN(MPI_Irecv(number, 1, MPI_INT64_T, 0, TAG_NUMBER, control, &answer))) return code;
        if (IN_TURN(MPI_Isend(&counter, 1, MPI_INT64_T, 0, TAG_TAKE, control, &asking))) return code;
        if ((code = finished(&asking)) || (code = finished(&answer))) return code;
    }
    return *number < 0 ? (int)*number : FSS_MPI_OK;
}

void fss_mpi_traffic(int64_t *bytes, int64_t *nanoseconds) {
    *bytes = atomic_load(&sent_bytes);
    *nanoseconds = atomic_load(&waited);
}

void fss_mpi_describe(int code, char *text, size_t capacity) {
    char words[MPI_MAX_ERROR_STRING] = {0};
    int length = 0;
    switch (code) {
    case FSS_MPI_NOT_STARTED: snprintf(text, capacity, "the ranks were not started"); return;
    case FSS_MPI_TOO_LARGE: snprintf(text, capacity, "a message of more than 2147483647 elements"); return;
    case FSS_MPI_OUT_OF_MEMORY: snprintf(text, capacity, "no memory for a message"); return;
    case FSS_MPI_NO_THREADS: snprintf(text, capacity, "an MPI library without support for threads"); return;
    default: break;
    }
    if (MPI_Error_string(code, words, &length) != MPI_SUCCESS) snprintf(words, sizeof words, "MPI's code %d", code);
    snprintf(text, capacity, "%s", words);
}

#endif
