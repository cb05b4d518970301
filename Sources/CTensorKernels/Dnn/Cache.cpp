#if defined(FSS_ONEDNN)

#include "Cache.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <list>
#include <unordered_map>

#include "../Parallel.h"
#include "../include/fss_kernels.h"

namespace fss {
namespace dnn {

const dnnl::engine &engine() {
    static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}

const dnnl::stream &stream() {
    static thread_local const dnnl::stream own(engine());
    return own;
}

dnnl::primitive_attr attributes() {
    dnnl::primitive_attr result;
    result.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    result.set_fpmath_mode(dnnl::fpmath_mode::strict);
    return result;
}

memory::data_type element_type(int dtype) {
    return dtype == FSS_BF16 ? memory::data_type::bf16 : memory::data_type::f32;
}

void append_activation(dnnl::post_ops &ops, int activation) {
    using dnnl::algorithm;
    switch (activation) {
    case FSS_ACT_RELU: return append_eltwise(ops, algorithm::eltwise_relu, 0.f, 0.f);
    case FSS_ACT_RELU6: return append_eltwise(ops, algorithm::eltwise_clip, 0.f, 6.f);
    case FSS_ACT_SILU: return append_eltwise(ops, algorithm::eltwise_swish, 1.f, 0.f);
    case FSS_ACT_QUICK_GELU: return append_eltwise(ops, algorithm::eltwise_swish, 1.702f, 0.f);
    case FSS_ACT_GELU_ERF: return append_eltwise(ops, algorithm::eltwise_gelu_erf, 0.f, 0.f);
    case FSS_ACT_GELU_TANH: return append_eltwise(ops, algorithm::eltwise_gelu_tanh, 0.f, 0.f);
    case FSS_ACT_SIGMOID: return append_eltwise(ops, algorithm::eltwise_logistic, 0.f, 0.f);
    default: return;
    }
}

void Compiled::set_scratch(const memory::desc &layout) {
    scratchLayout = layout;
    scratchBytes = layout.get_size();
}

namespace {

// Equal pairs of layouts share a number, so that primitives of several image sizes share packed weights.
uint64_t pack_number(const memory::desc &plain, const memory::desc &wanted) {
    static std::mutex lock;
    static std::vector<std::pair<memory::desc, memory::desc>> known;
    const std::lock_guard<std::mutex> guard(lock);
    for (size_t i = 0; i < known.size(); ++i) {
        if (known[i].first == plain && known[i].second == wanted) return i + 1;
    }
    known.emplace_back(plain, wanted);
    return known.size();
}

}

void Compiled::set_weights(const memory::desc &plain, const memory::desc &wanted) {
    plainWeights = plain;
    packedWeights = wanted;
    if (plain == wanted) return;
    packId = pack_number(plain, wanted);
    const dnnl::reorder::primitive_desc descriptor(engine(), plain, engine(), wanted, attributes());
    packer = dnnl::reorder(descriptor);
    packerScratch = descriptor.scratchpad_desc();
}

void Compiled::pack(const memory &from, const memory &to) {
    // The library's own scratchpad belongs to the thread that made the primitive; another thread would run without one.
    const size_t bytes = packerScratch.get_size();
    std::unordered_map<int, memory> list{{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    if (bytes > 0) list.emplace(DNNL_ARG_SCRATCHPAD, memory(packerScratch, engine(), scratch(scratchPrimitive, bytes)));
    packer.dnnl::primitive::execute(stream(), list);
}

std::unique_ptr<Compiled::Bound> Compiled::borrow() {
    {
        const std::lock_guard<std::mutex> guard(lock);
        if (!idle.empty()) {
            std::unique_ptr<Bound> set = std::move(idle.back());
            idle.pop_back();
            return set;
        }
    }
    std::unique_ptr<Bound> set(new Bound);
    for (size_t i = 0; i < arguments.size(); ++i) {
        set->objects.emplace_back(arguments[i].layout, engine(), nullptr);
        set->list[i] = {arguments[i].id, set->objects[i].get()};
    }
    if (scratchBytes > 0) {
        set->objects.emplace_back(scratchLayout, engine(), nullptr);
        set->list[arguments.size()] = {DNNL_ARG_SCRATCHPAD, set->objects.back().get()};
    }
    return set;
}

void Compiled::execute(const Operand *operands) {
    std::unique_ptr<Bound> set = borrow();
    const size_t count = arguments.size();
    for (size_t i = 0; i < count; ++i) {
        if (operands[i].object) {
            set->list[i].memory = operands[i].object;
        } else {
            set->objects[i].set_data_handle(const_cast<void *>(operands[i].data));
        }
    }
    size_t total = count;
    if (scratchBytes > 0) {
        set->objects[count].set_data_handle(scratch(scratchPrimitive, scratchBytes));
        ++total;
    }
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(primitive.get(), stream().get(), (int)total, set->list), "could not execute a primitive");
    for (size_t i = 0; i < count; ++i) set->list[i].memory = set->objects[i].get();
    const std::lock_guard<std::mutex> guard(lock);
    idle.push_back(std::move(set));
}

namespace {

constexpr size_t capacity = 2048;

struct KeyHash {
    size_t operator()(const Key &key) const { return key.hash(); }
};

struct Cache {
    std::mutex lock;
    std::list<std::pair<Key, std::shared_ptr<Compiled>>> recent;
    std::unordered_map<Key, decltype(recent)::iterator, KeyHash> index;
};

Cache &cache() {
    // Never destroyed: threads may still compute while the process ends.
    static Cache *const shared = new Cache;
    return *shared;
}

}

std::mutex &planning() {
    static std::mutex *const shared = new std::mutex;
    return *shared;
}

std::shared_ptr<Compiled> compiled(const Key &key, const std::function<std::shared_ptr<Compiled>()> &make) {
    Cache &c = cache();
    {
        const std::lock_guard<std::mutex> guard(c.lock);
        const auto found = c.index.find(key);
        if (found != c.index.end()) {
            c.recent.splice(c.recent.begin(), c.recent, found->second);
            return found->second->second;
        }
    }
    const std::lock_guard<std::mutex> planner(planning());
    {
        const std::lock_guard<std::mutex> guard(c.lock);
        const auto found = c.index.find(key);
        if (found != c.index.end()) return found->second->second;
    }
    std::shared_ptr<Compiled> fresh = make();
    const std::lock_guard<std::mutex> guard(c.lock);
    c.recent.emplace_front(key, fresh);
    c.index[key] = c.recent.begin();
    if (c.recent.size() > capacity) {
        c.index.erase(c.recent.back().first);
        c.recent.pop_back();
    }
    return fresh;
}

namespace {

std::string &message() {
    static thread_local std::string own;
    return own;
}

}

const char *guarded(const char *operation, const std::function<void()> &body) {
    try {
        thread_count();
        body();
        return nullptr;
    } catch (const dnnl::error &failure) {
        message() = std::string("oneDNN ") + operation + ": " + failure.what() + " (status " +
            std::to_string((int)failure.status) + ")";
    } catch (const std::exception &failure) {
        message() = std::string("oneDNN ") + operation + ": " + failure.what();
    }
    return message().c_str();
}

}
}

struct fss_packed {
    // The pages that the weights are mapped to, where they are.
    const char *mapped = nullptr;
    size_t mappedBytes = 0;
    std::mutex lock;
    std::vector<std::pair<uint64_t, dnnl::memory>> forms;
    std::vector<uint64_t> roles;
    std::vector<std::pair<int, std::shared_ptr<const void>>> ownForms;
};

namespace fss {
namespace dnn {

bool used_before(fss_packed *packed, uint64_t role) {
    const std::lock_guard<std::mutex> guard(packed->lock);
    for (uint64_t known : packed->roles) {
        if (known == role) return true;
    }
    packed->roles.push_back(role);
    return false;
}

namespace {

// The number of the form that is float32 in the checkpoint's layout; packed layouts are counted from 1.
constexpr uint64_t wideForm = 0;

void *allocated(size_t bytes) {
    void *memory = nullptr;
    if (posix_memalign(&memory, 64, bytes) != 0) throw std::bad_alloc();
    return memory;
}

// Gives back the whole pages of weights that are held in another form. They belong to a file that is mapped for reading.
void release_pages(const fss_packed *packed) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = ((uintptr_t)packed->mapped + page - 1) / page * page;
    const uintptr_t last = ((uintptr_t)packed->mapped + packed->mappedBytes) / page * page;
    if (packed->mapped && first < last) madvise((void *)first, last - first, MADV_DONTNEED);
}

memory packed_weights(Compiled &primitive, fss_packed *packed, const StoredWeights &weights, int dtypePlain) {
    const std::lock_guard<std::mutex> guard(packed->lock);
    for (const auto &form : packed->forms) {
        if (form.first == primitive.packId) return form.second;
    }
    const size_t count = primitive.plainWeights.get_size() / sizeof(float);
    memory to(primitive.packedWeights, engine());
    if (primitive.packId == wideForm) {
        fss_convert(weights.dtype, weights.data, FSS_F32, to.get_data_handle(), (ptrdiff_t)count);
    } else if (weights.dtype == dtypePlain) {
        primitive.pack(memory(primitive.plainWeights, engine(), const_cast<void *>(weights.data)), to);
    } else {
        const WideWeights wide(weights, count);
        primitive.pack(memory(primitive.plainWeights, engine(), const_cast<float *>(wide.get())), to);
    }
    packed->forms.emplace_back(primitive.packId, to);
    release_pages(packed);
    return to;
}

}

WideWeights::WideWeights(const StoredWeights &weights, size_t count) : values(static_cast<const float *>(weights.data)) {
    if (weights.dtype == FSS_F32) return;
    copy = allocated(count * sizeof(float));
    fss_convert(weights.dtype, weights.data, FSS_F32, copy, (ptrdiff_t)count);
    values = static_cast<const float *>(copy);
}

void execute_with_weights(
    Compiled &primitive, const void *x, const StoredWeights &weights, int dtypePlain, fss_packed *packed, const float *bias,
    void *out) {
    Operand operands[mostArguments];
    memory own;
    operands[0].data = x;
    operands[1].data = weights.data;
    if (primitive.packId || weights.dtype != dtypePlain) {
        own = packed_weights(primitive, packed, weights, dtypePlain);
        if (primitive.packId) operands[1].object = own.get();
        else operands[1].data = own.get_data_handle();
    }
    operands[2].data = out;
    operands[3].data = bias;
    primitive.execute(operands);
}

std::shared_ptr<const void> transformed_weights(
    fss_packed *packed, int form, size_t bytes, const std::function<void(void *)> &transform) {
    const std::lock_guard<std::mutex> guard(packed->lock);
    for (const auto &known : packed->ownForms) {
        if (known.first == form) return known.second;
    }
    void *memory = allocated(bytes);
    std::shared_ptr<const void> fresh(memory, free);
    transform(memory);
    packed->ownForms.emplace_back(form, fresh);
    release_pages(packed);
    return fresh;
}

}
}

fss_packed *fss_packed_create(void) { return new fss_packed; }
fss_packed *fss_packed_create_mapped(const void *weights, size_t bytes) {
    fss_packed *packed = new fss_packed;
    packed->mapped = static_cast<const char *>(weights);
    packed->mappedBytes = bytes;
    return packed;
}
void fss_packed_destroy(fss_packed *packed) { delete packed; }

const char *fss_dnn_version(void) {
    static const std::string text = [] {
        const dnnl_version_t *v = dnnl_version();
        return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
    }();
    return text.c_str();
}

#endif
