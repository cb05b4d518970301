#include "CMicroHTTP.h"

#ifdef FSS_MICROHTTP

#include "server.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 32768u

fss_http_exchange *fss_exchange_make(
    fss_http_server *server, struct MHD_Connection *connection, const char *path, const char *method) {
    fss_http_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) return NULL;
    exchange->server = server;
    exchange->connection = connection;
    exchange->path = strdup(path);
    exchange->method = strdup(method);
    if (exchange->path == NULL || exchange->method == NULL) {
        fss_exchange_free(exchange);
        return NULL;
    }
    return exchange;
}

// Takes room for so many bytes of bodies; 0 where there is none.
static int take_room(fss_http_server *server, size_t count) {
    pthread_mutex_lock(&server->lock);
    const int fits = count <= server->body_capacity - server->body_count;
    if (fits) server->body_count += count;
    pthread_mutex_unlock(&server->lock);
    return fits;
}

static void give_room(fss_http_server *server, size_t count) {
    pthread_mutex_lock(&server->lock);
    server->body_count -= count;
    pthread_mutex_unlock(&server->lock);
}

void fss_http_release_body(fss_http_exchange *exchange) {
    free(exchange->body);
    exchange->body = NULL;
    exchange->count = 0;
}

void fss_exchange_free(fss_http_exchange *exchange) {
    if (exchange == NULL) return;
    fss_http_release_body(exchange);
    give_room(exchange->server, exchange->capacity);
    if (exchange->response != NULL) MHD_destroy_response(exchange->response);
    free(exchange->path);
    free(exchange->method);
    free(exchange);
}

static void throw_away(fss_http_exchange *exchange, fss_http_body_state state) {
    fss_http_release_body(exchange);
    give_room(exchange->server, exchange->capacity);
    exchange->capacity = 0;
    exchange->state = state;
}

void fss_exchange_append(fss_http_exchange *exchange, const void *bytes, size_t count) {
    if (exchange->state != FSS_HTTP_BODY_WHOLE) return;
    if (count > exchange->limit - exchange->count) {
        throw_away(exchange, FSS_HTTP_BODY_TOO_LARGE);
        return;
    }
    const size_t needed = exchange->count + count;
    if (needed > exchange->capacity) {
        size_t capacity = exchange->capacity < BLOCK_BYTES ? BLOCK_BYTES : exchange->capacity * 2;
        if (capacity < needed) capacity = needed;
        if (capacity > exchange->limit) capacity = exchange->limit;
        const size_t more = capacity - exchange->capacity;
        if (!take_room(exchange->server, more)) {
            throw_away(exchange, FSS_HTTP_BODY_NO_ROOM);
            return;
        }
        uint8_t *body = realloc(exchange->body, capacity);
        if (body == NULL) {
            give_room(exchange->server, more);
            throw_away(exchange, FSS_HTTP_BODY_NO_ROOM);
            return;
        }
        exchange->body = body;
        exchange->capacity = capacity;
    }
    memcpy(exchange->body + exchange->count, bytes, count);
    exchange->count = needed;
}

int fss_exchange_begin_waiting(fss_http_exchange *exchange) {
    fss_http_server *server = exchange->server;
    pthread_mutex_lock(&server->lock);
    const int goes_on = !server->is_stopping;
    if (goes_on) server->waiting++;
    pthread_mutex_unlock(&server->lock);
    if (!goes_on) return 0;
    exchange->is_pending = 1;
    MHD_suspend_connection(exchange->connection);
    return 1;
}

enum MHD_Result fss_exchange_send(fss_http_exchange *exchange) {
    const enum MHD_Result result = MHD_queue_response(exchange->connection, exchange->status, exchange->response);
    MHD_destroy_response(exchange->response);
    exchange->response = NULL;
    return result;
}

const char *fss_http_method(const fss_http_exchange *exchange) { return exchange->method; }

const char *fss_http_path(const fss_http_exchange *exchange) { return exchange->path; }

const char *fss_http_header(const fss_http_exchange *exchange, const char *name) {
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

const char *fss_http_argument(const fss_http_exchange *exchange, const char *name) {
    return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

struct counter {
    const char *name;
    int count;
};

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *key, const char *value) {
    (void)kind;
    (void)value;
    struct counter *counter = context;
    if (strcasecmp(key, counter->name) == 0) counter->count++;
    return MHD_YES;
}

int fss_http_header_count(const fss_http_exchange *exchange, const char *name) {
    struct counter counter = {name, 0};
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, count_header, &counter);
    return counter.count;
}

fss_http_body_state fss_http_body(const fss_http_exchange *exchange, const uint8_t **bytes, size_t *count) {
    *bytes = exchange->body;
    *count = exchange->count;
    return exchange->state;
}

struct content {
    fss_http_content source;
};

static ssize_t read_content(void *context, uint64_t position, char *target, size_t capacity) {
    const struct content *content = context;
    const size_t count = content->source.read(content->source.context, position, target, capacity);
    return count == 0 ? MHD_CONTENT_READER_END_WITH_ERROR : (ssize_t)count;
}

static void release_content(void *context) {
    struct content *content = context;
    content->source.release(content->source.context);
    free(content);
}

static struct MHD_Response *make_response(fss_http_content source) {
    struct content *content = malloc(sizeof *content);
    if (content == NULL) {
        source.release(source.context);
        return NULL;
    }
    content->source = source;
    struct MHD_Response *response =
        MHD_create_response_from_callback(source.count, BLOCK_BYTES, read_content, content, release_content);
    if (response == NULL) release_content(content);
    return response;
}

void fss_http_answer(
    fss_http_exchange *exchange, unsigned status, const char *const *headers, size_t header_count, fss_http_content source) {
    struct MHD_Response *response = make_response(source);
    if (response == NULL) {
        // Nothing is left but words that need no memory of ours.
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        status = MHD_HTTP_SERVICE_UNAVAILABLE;
        header_count = 0;
    }
    for (size_t index = 0; index + 1 < header_count; index += 2) {
        MHD_add_response_header(response, headers[index], headers[index + 1]);
    }
    exchange->status = status;
    exchange->response = response;
    if (!exchange->is_pending) return;
    fss_http_server *server = exchange->server;
    MHD_resume_connection(exchange->connection);
    pthread_mutex_lock(&server->lock);
    server->waiting--;
    pthread_cond_broadcast(&server->answered);
    pthread_mutex_unlock(&server->lock);
}

void fss_server_free(fss_http_server *server) {
    pthread_cond_destroy(&server->answered);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

#else

// No exchange was ever made.

const char *fss_http_method(const fss_http_exchange *exchange) {
    (void)exchange;
    return "";
}

const char *fss_http_path(const fss_http_exchange *exchange) {
    (void)exchange;
    return "";
}

const char *fss_http_header(const fss_http_exchange *exchange, const char *name) {
    (void)exchange;
    (void)name;
    return NULL;
}

int fss_http_header_count(const fss_http_exchange *exchange, const char *name) {
    (void)exchange;
    (void)name;
    return 0;
}

const char *fss_http_argument(const fss_http_exchange *exchange, const char *name) {
    (void)exchange;
    (void)name;
    return NULL;
}

fss_http_body_state fss_http_body(const fss_http_exchange *exchange, const uint8_t **bytes, size_t *count) {
    (void)exchange;
    *bytes = NULL;
    *count = 0;
    return FSS_HTTP_BODY_WHOLE;
}

void fss_http_release_body(fss_http_exchange *exchange) { (void)exchange; }

void fss_http_answer(
    fss_http_exchange *exchange, unsigned status, const char *const *headers, size_t header_count, fss_http_content source) {
    (void)exchange;
    (void)status;
    (void)headers;
    (void)header_count;
    source.release(source.context);
}

#endif
