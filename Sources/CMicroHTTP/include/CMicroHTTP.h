// A small HTTP/1.1 server over libmicrohttpd: requests arrive whole, within limits, and are answered from any thread.
//
// Headers, bodies and connections are bounded, idle clients are put out, and nothing of a client's is trusted. No function ends the
// process or writes to a stream.

#ifndef FSS_C_MICRO_HTTP_H
#define FSS_C_MICRO_HTTP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    FSS_HTTP_OK = 0,
    // Built without libmicrohttpd (package trait MicroHTTP).
    FSS_HTTP_UNAVAILABLE = 1,
    // No numeric address of this machine, or a port that is taken.
    FSS_HTTP_ADDRESS = 2,
    FSS_HTTP_FAILED = 3
} fss_http_status;

// What is wrong with the body of a request.
typedef enum {
    FSS_HTTP_BODY_WHOLE = 0,
    // It has more bytes than `began` allowed; it was thrown away.
    FSS_HTTP_BODY_TOO_LARGE = 1,
    // All requests together have more bytes than the server may hold; it was thrown away.
    FSS_HTTP_BODY_NO_ROOM = 2
} fss_http_body_state;

typedef struct fss_http_server fss_http_server;
// One request and its answer; valid from `began` until it was answered.
typedef struct fss_http_exchange fss_http_exchange;

typedef struct {
    // A numeric address, IPv4 or IPv6.
    const char *address;
    // 0 for a free one.
    uint16_t port;
    // The most clients at once; further ones wait until one leaves.
    uint32_t connections;
    // Clients that neither send nor read for so long are put out.
    uint32_t idle_seconds;
    // The most bytes of a request's line and headers.
    size_t header_bytes;
    // The most bytes of all bodies that are in memory at once.
    size_t body_bytes;
} fss_http_settings;

typedef struct {
    void *context;
    // The headers are there. Answers at once, or gives the most bytes that the body may have. Called on the server's thread.
    size_t (*began)(void *context, fss_http_exchange *exchange);
    // The request is whole. Called on the server's thread, must not wait; `fss_http_answer` is called once, now or later, from any
    // thread.
    void (*arrived)(void *context, fss_http_exchange *exchange);
} fss_http_handler;

// The bytes of an answer: copied out piece by piece while the client reads, `release` is called when it left.
typedef struct {
    void *context;
    size_t count;
    // Copies at most `capacity` bytes from `position` on; returns how many.
    size_t (*read)(void *context, uint64_t position, void *target, size_t capacity);
    void (*release)(void *context);
} fss_http_content;

// Listens. `found` gets a few words where that fails.
fss_http_status fss_http_start(
    const fss_http_settings *settings, const fss_http_handler *handler, fss_http_server **server, char *found,
    size_t found_capacity);

// The port that is listened on.
uint16_t fss_http_port(const fss_http_server *server);

// Takes no more requests, waits for the answers of those that arrived, closes all connections and frees the server.
void fss_http_stop(fss_http_server *server);

// The method, such as GET.
const char *fss_http_method(const fss_http_exchange *exchange);
// The path, unescaped, without the query.
const char *fss_http_path(const fss_http_exchange *exchange);
// A header, or NULL. Names have no case.
const char *fss_http_header(const fss_http_exchange *exchange, const char *name);
// How often a header is there.
int fss_http_header_count(const fss_http_exchange *exchange, const char *name);
// An argument of the query, unescaped, or NULL.
const char *fss_http_argument(const fss_http_exchange *exchange, const char *name);
// Whether the body is there.
fss_http_body_state fss_http_body(const fss_http_exchange *exchange, const uint8_t **bytes, size_t *count);
// Lets go of the body before the answer, for whoever has a copy; it counts as held until then.
void fss_http_release_body(fss_http_exchange *exchange);

// Answers; the exchange must not be used any more. `headers` are names and values in turn, `header_count` strings in all.
void fss_http_answer(
    fss_http_exchange *exchange, unsigned status, const char *const *headers, size_t header_count, fss_http_content content);

#ifdef __cplusplus
}
#endif
#endif
