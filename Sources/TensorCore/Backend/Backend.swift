/// The primitive operations that a device must offer; everything else in the library is built from them.
///
/// A backend works on ``TensorBuffer`` values whose shapes the operation layer has already checked: it never
/// validates, broadcasts beyond what is stated, or promotes types. Results are written into buffers that the caller
/// allocated with ``allocate(byteCount:)`` on the same backend. Image tensors are `[N, H, W, C]`.
///
/// Element types: where nothing else is stated all operands of a call have one type, float32 or bfloat16, and
/// arithmetic inside is float32. Statistics and gradients of parameters are float32 throughout.
///
/// A call submits work and may return before it is done; work is done as if in the order of submission. Only
/// ``download(_:to:)`` and ``synchronize()`` wait. Requirements with a default are what a device may offer beyond the
/// primitives: fused forms of compositions, and what a ``Device`` tells of itself.
public protocol Backend: AnyObject, Sendable {
    /// The device's name in messages and manifests, and what ``Devices/named(_:)`` finds it by ("onednn", "cuda:0").
    var name: String { get }
    /// The number of the device among those of its kind; 0 by default.
    var index: Int { get }
    /// The name with versions and instruction set, for manifests; the name by default.
    var summary: String { get }
    /// What the device can do; a plain host device by default.
    var capabilities: DeviceCapabilities { get }

    // MARK: Memory

    /// Memory for `byteCount` bytes, aligned to 64, contents undefined.
    func allocate(byteCount: Int) -> Storage
    /// Takes memory back, behind all work that was submitted before (called by ``Storage`` when it dies).
    func deallocate(_ address: UnsafeMutableRawPointer, byteCount: Int)
    /// Copies host bytes into fresh memory; the bytes are free when the call returns.
    func upload(_ bytes: UnsafeRawBufferPointer, to storage: Storage)
    /// Copies memory to the host: waits for the work that was submitted before, and reports what it met (an index out of
    /// range) as a trap.
    func download(_ storage: Storage, to bytes: UnsafeMutableRawBufferPointer)
    /// Waits for the work that was submitted before and reports what it met; by default there is none that is pending.
    func synchronize()
    /// What the device's tensors occupy; nil (the default) where it does not count.
    var memoryUsage: MemoryUsage? { get }
    /// Lets the next peak of ``memoryUsage`` begin at what is in use.
    func resetPeakMemory()
    /// Gives memory that no tensor uses back to the system.
    func trim()

    // MARK: Threads

    /// The number of host threads that an operation of the calling thread may use; 1 by default.
    var threadCount: Int { get }
    /// Sets the number of threads for all later operations; 0 returns to one a core. Without effect by default.
    func setThreadCount(_ count: Int)

    // MARK: Element-wise

    /// Sets every element (any type; booleans from `value != 0`).
    func fill(_ out: TensorBuffer, with value: Double)
    /// Converts between any two types (floats to integers truncate toward zero, what does not fit goes to the nearest
    /// bound and NaN to zero; anything to bool is `!= 0`).
    func convert(_ x: TensorBuffer, into out: TensorBuffer)
    /// `out = op(x)`. `negate`, `absolute`, `sign`, `square`, `clamp` also take int32 and int64, `logicalNot` takes bool.
    func unary(_ op: UnaryOperation, _ x: TensorBuffer, alpha: Float, beta: Float, into out: TensorBuffer)
    /// `out = gradient * d op(x)/dx`, given the operand `x` (not the result).
    func unaryGradient(
        _ op: UnaryOperation, _ x: TensorBuffer, gradient: TensorBuffer, alpha: Float, beta: Float, into out: TensorBuffer)
    /// `out = op(a, b)` with NumPy broadcasting to `out.shape`. Types float32, bfloat16, int32, int64 (and uint8, bool for
    /// predicates); predicates write bool.
    func binary(_ op: BinaryOperation, _ a: TensorBuffer, _ b: TensorBuffer, into out: TensorBuffer)
    /// `out = condition ? a : b`, all three broadcast to `out.shape`; `condition` is bool, `a`, `b`, `out` any one type.
    func select(_ condition: TensorBuffer, _ a: TensorBuffer, _ b: TensorBuffer, into out: TensorBuffer)
    /// `out = a * scaleA + b * scaleB`, same shapes: gradient accumulation, moving averages, sampler steps.
    func weightedSum(_ a: TensorBuffer, _ scaleA: Float, _ b: TensorBuffer, _ scaleB: Float, into out: TensorBuffer)
    /// `out = x * (scale + 1 if addingOne) + shift` where `scale` and `shift` broadcast to `x` (NumPy's rule): feature
    /// modulation in one pass. Composed by default.
    func modulate(
        _ x: TensorBuffer, scale: TensorBuffer, shift: TensorBuffer, addingOne: Bool, into out: TensorBuffer)

    // MARK: Reductions

    /// Reduces over `axes`; `out.shape` has extent 1 there (or the axes removed: the element order is the same).
    /// float32, bfloat16 (float32 accumulation), int32, int64.
    func reduce(_ op: ReduceOperation, _ x: TensorBuffer, axes: [Int], into out: TensorBuffer)
    /// Index (int64) of the first maximum or minimum along `axis`.
    func argReduce(maximum: Bool, _ x: TensorBuffer, axis: Int, into out: TensorBuffer)
    /// Running sum along `axis`, from the end when `reversed`.
    func cumulativeSum(_ x: TensorBuffer, axis: Int, reversed: Bool, into out: TensorBuffer)
    /// The `k` largest of the last axis in descending order (ties: lower index first) and their positions (int64).
    func topK(_ x: TensorBuffer, values: TensorBuffer, indices: TensorBuffer)

    // MARK: Movement (any type)

    /// `out[i] = x[layout(i)]`: permute, slice, flip, broadcast.
    func stridedRead(_ x: TensorBuffer, _ layout: StridedLayout, into out: TensorBuffer)
    /// `out[layout(i)] = x[i]`, or `+=` when `accumulating` (float32, bfloat16): concat, pad, derivative of slices.
    func stridedWrite(_ x: TensorBuffer, into out: TensorBuffer, _ layout: StridedLayout, accumulating: Bool)
    // Indices of the following four may be out of range, which nobody knows before they are read where they live: such an
    // index touches no memory (gathering yields zeros there) and is reported at the next ``download(_:to:)`` or
    // ``synchronize()``, with the operation and the index.

    /// `out[o, m, i] = x[o, indices[m], i]` for `x` seen as `[outer, n, inner]` around `axis`; `indices` int64 `[m]`.
    func gather(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer)
    /// `out[o, indices[m], i] += x[o, m, i]`; `out` is initialised. float32, bfloat16.
    func scatterAdd(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer)
    /// `out[p] = x[p with axis replaced by indices[p]]` (torch.gather); `indices` int64 of `out`'s shape.
    func gatherElements(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer)
    /// The adjoint of ``gatherElements(_:axis:indices:into:)``; `out` is initialised.
    func scatterAddElements(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer)

    // MARK: Products

    /// `out = epilogue(op(a) x op(b))`. `a` is `[batch..., m, k]` (or `[batch..., k, m]` transposed), `b` alike with the same
    /// number of axes; batch extents are equal or 1 (broadcast). The bias has the extent of the last axis. `a` may be
    /// bfloat16 with float32 `b` (weights, packed to bfloat16 once). `out` is float32 or bfloat16.
    func matmul(
        _ a: TensorBuffer, transposed transposeA: Bool, _ b: TensorBuffer, transposed transposeB: Bool, _ epilogue: Epilogue,
        into out: TensorBuffer)
    /// Convolution of `x [N, H, W, C]` with `weight [O, C/groups, kh, kw]` (float32, packed once per storage also for
    /// bfloat16 `x`) into `[N, H', W', O]`.
    func conv2d(
        _ x: TensorBuffer, weight: TensorBuffer, _ options: ConvolutionOptions, _ epilogue: Epilogue, into out: TensorBuffer)
    /// The adjoint in `x`: `gradient [N, H', W', O]` to `out [N, H, W, C]`. With `bias` (added to `out` per channel) this is
    /// the transposed convolution.
    func conv2dInputGradient(
        _ gradient: TensorBuffer, weight: TensorBuffer, _ options: ConvolutionOptions, bias: TensorBuffer?, into out: TensorBuffer
    )
    /// The adjoint in `weight` (float32), and the bias gradient (the sum of `gradient` per channel) where asked for.
    func conv2dWeightGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, _ options: ConvolutionOptions, into weightGradient: TensorBuffer,
        biasGradient: TensorBuffer?)

    // MARK: Pooling and resampling

    /// Pools `[N, H, W, C]`. For maxima `indices` (int32, shape of `out`) receives the winner's position `h * W + w` where given.
    func pool2d(
        _ kind: PoolingKind, _ x: TensorBuffer, _ options: PoolingOptions, into out: TensorBuffer, indices: TensorBuffer?)
    /// The derivative: scatters `gradient` to `out [N, H, W, C]` (written whole, not accumulated).
    func pool2dGradient(
        _ kind: PoolingKind, _ gradient: TensorBuffer, _ options: PoolingOptions, indices: TensorBuffer?, into out: TensorBuffer)
    /// `out[n, y, x, c] = sum rows[y, i] * columns[x, j] * in[n, i, j, c]`. A backend keeps its own form of the matrices
    /// with ``Resampling/cached(for:_:)``.
    func resample(_ x: TensorBuffer, rows: Resampling, columns: Resampling, into out: TensorBuffer)

    // MARK: Normalisation

    /// Softmax of the last axis, or its logarithm.
    func softmax(_ x: TensorBuffer, logarithmic: Bool, into out: TensorBuffer)
    /// The derivative from the result `y`.
    func softmaxGradient(_ y: TensorBuffer, gradient: TensorBuffer, logarithmic: Bool, into out: TensorBuffer)
    /// Normalises `x [N, P, C]` over `P` and the channels of each of `groups`, population variance; optional per-channel
    /// `scale` and `shift` (float32 `[C]`) and activation. `mean` and `reciprocalDeviation` (float32 `[N, groups]`) receive the
    /// statistics. One group a channel is instance norm (batch norm with `N` folded into `P`), `P = 1` with one group is
    /// layer norm.
    func groupNorm(
        _ x: TensorBuffer, groups: Int, scale: TensorBuffer?, shift: TensorBuffer?, epsilon: Float, activation: FusedActivation,
        into out: TensorBuffer, mean: TensorBuffer, reciprocalDeviation: TensorBuffer)
    /// The derivative without activation: `out` for `x`, and float32 `[C]` for scale and shift where given.
    func groupNormGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, groups: Int, scale: TensorBuffer?, mean: TensorBuffer,
        reciprocalDeviation: TensorBuffer, into out: TensorBuffer, scaleGradient: TensorBuffer?, shiftGradient: TensorBuffer?)
    /// `out = x / sqrt(mean(x^2) + epsilon) * scale` over the last axis of `x [R, C]`.
    func rmsNorm(
        _ x: TensorBuffer, scale: TensorBuffer?, epsilon: Float, into out: TensorBuffer, reciprocalDeviation: TensorBuffer)
    /// The derivative of ``rmsNorm(_:scale:epsilon:into:reciprocalDeviation:)``.
    func rmsNormGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, scale: TensorBuffer?, reciprocalDeviation: TensorBuffer,
        into out: TensorBuffer,
        scaleGradient: TensorBuffer?)

    /// `out = (gamma [+ 1]) * ((x - mean) / std * (1 + s) + b) + beta` with mean and deviation of every channel of every image
    /// of `x [N, H, W, C]`; `s, b` are the halves of `style` (float32 `[N, 2C]`) and `gamma, beta` those of the 3x3 convolution
    /// of `signal [N, H, W, 1]` with `weight` (float32 `[2C, 1, 3, 3]`), plus `base`: float32 `[2C]`, or maps
    /// `[1 or N, H, W, 2C]`. Composed by default.
    func modulateSpatially(
        _ x: TensorBuffer, style: TensorBuffer, signal: TensorBuffer, weight: TensorBuffer, base: TensorBuffer,
        addingOne: Bool, epsilon: Float, into out: TensorBuffer)

    // MARK: Attention

    /// `out [B, L, E] = softmax(scale * query [B, L, D] x key [B, S, D]^T + bias) x value [B, S, E]`; `bias` has three axes
    /// and broadcasts to `[B, L, S]`. Composed of blocks of queries by default.
    func attention(_ operands: AttentionOperands, _ options: AttentionOptions, into out: TensorBuffer)
    /// The derivative from the result `output`; see ``AttentionGradients``. Composed by default.
    func attentionGradient(
        _ operands: AttentionOperands, output: TensorBuffer, gradient: TensorBuffer, _ options: AttentionOptions,
        into gradients: AttentionGradients)

    // MARK: Optimizers (float32)

    /// One Adam step for every element; see ``AdamStep``.
    func adam(_ update: AdamUpdate, _ step: AdamStep)
    /// The same step for many tensors; one after another by default.
    func adam(_ updates: [AdamUpdate], _ step: AdamStep)
    /// The Euclidean norm over all elements of all tensors into one element; the squares of a tensor are summed in float32,
    /// which the tensors' sums may be in a wider type. Composed by default.
    func globalNorm(_ tensors: [TensorBuffer], into out: TensorBuffer)
}
