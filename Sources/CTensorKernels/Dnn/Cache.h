#ifndef FSS_DNN_CACHE_H
#define FSS_DNN_CACHE_H

// Compiled primitives by their parameters, and their execution from any number of threads at once.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "../include/fss_dnn.h"
#include "Version.h"

namespace fss {
namespace dnn {

// All parameters of a primitive as numbers.
struct Key {
    int32_t words[56] = {};
    int count = 0;

    void add(int32_t word) {
        if (count == 56) throw std::length_error("more parameters than a key holds");
        words[count++] = word;
    }
    template <class T> void add_bytes(const T &value) {
        static_assert(sizeof(T) % 4 == 0, "a key consists of whole words");
        int32_t parts[sizeof(T) / 4];
        memcpy(parts, &value, sizeof value);
        for (int32_t part : parts) add(part);
    }
    bool operator==(const Key &other) const {
        return count == other.count && memcmp(words, other.words, sizeof(int32_t) * (size_t)count) == 0;
    }
    size_t hash() const {
        uint64_t h = 0x9e3779b97f4a7c15u;
        for (int i = 0; i < count; ++i) h = (h ^ (uint32_t)words[i]) * 0xff51afd7ed558ccdu, h ^= h >> 29;
        return (size_t)h;
    }
};

// What an argument is bound to at execution: plain memory, or a memory object of its own (packed weights).
struct Operand {
    const void *data = nullptr;
    dnnl_memory_t object = nullptr;
};

constexpr int mostArguments = 6;

// A compiled primitive with its argument list; operands are passed in the order of `arguments`.
class Compiled {
public:
    dnnl::primitive primitive;
    struct Argument {
        int id;
        memory::desc layout;
    };
    std::vector<Argument> arguments;
    size_t scratchBytes = 0;
    memory::desc scratchLayout;

    // How weights get from the checkpoint's layout into the primitive's; `packId` is 0 where they are the same.
    memory::desc plainWeights, packedWeights;
    uint64_t packId = 0;
    dnnl::reorder packer;
    memory::desc packerScratch;

    void add(int id, const memory::desc &layout) { arguments.push_back({id, layout}); }
    void set_scratch(const memory::desc &layout);
    void set_weights(const memory::desc &plain, const memory::desc &wanted);
    void execute(const Operand *operands);
    // Reorders between the checkpoint's layout and the primitive's.
    void pack(const memory &from, const memory &to);

private:
    // Memory objects are costly to make, so each execution borrows a set.
    struct Bound {
        dnnl_exec_arg_t list[mostArguments + 1];
        std::vector<memory> objects;
    };
    std::mutex lock;
    std::vector<std::unique_ptr<Bound>> idle;

    std::unique_ptr<Bound> borrow();
};

const dnnl::engine &engine();
const dnnl::stream &stream();
dnnl::primitive_attr attributes();
memory::data_type element_type(int dtype);

// The activation as the last post-operation.
void append_activation(dnnl::post_ops &ops, int activation);

// Held while descriptors and primitives are made. Before version 2.7.3 oneDNN keeps the block size of the convolution that
// it plans in a static variable: plans of float32 and of bfloat16 made at once give kernels that are wrong for good.
std::mutex &planning();

// The primitive of `key`, made by `make` the first time; the least recently used of too many are dropped.
std::shared_ptr<Compiled> compiled(const Key &key, const std::function<std::shared_ptr<Compiled>()> &make);

// Whether the operand behind `packed` has been used in this role (a number of the caller's choice) before. Packing pays
// from the second use on; both ways give the same bits.
bool used_before(fss_packed *packed, uint64_t role);

// Weights as a checkpoint stores them.
struct StoredWeights {
    const void *data;
    int dtype;
};

// Such weights as float32: the memory itself, or a copy that lives as long as this.
class WideWeights {
public:
    WideWeights(const StoredWeights &weights, size_t count);
    ~WideWeights() { free(copy); }
    WideWeights(const WideWeights &) = delete;
    WideWeights &operator=(const WideWeights &) = delete;
    const float *get() const { return values; }

private:
    void *copy = nullptr;
    const float *values;
};

// Executes a primitive of the arguments operand, weights, result and (where it has four) bias. Weights that it wants in another
// layout than the checkpoint's, or in another type than `dtypePlain` (float32, or bfloat16 for weights stored so), are packed on
// first use and kept in `packed`.
void execute_with_weights(
    Compiled &primitive, const void *x, const StoredWeights &weights, int dtypePlain, fss_packed *packed, const float *bias,
    void *out);

// Weights in a form of the project's own (a number of the caller's choice), made by `transform` on first use and kept in
// `packed`.
std::shared_ptr<const void> transformed_weights(
    fss_packed *packed, int form, size_t bytes, const std::function<void(void *)> &transform);

// Runs `body`, turning exceptions into a message.
const char *guarded(const char *operation, const std::function<void()> &body);

}
}

#endif
