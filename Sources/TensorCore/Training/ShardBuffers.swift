/// The running statistics of a model during a step of shards.
///
/// Every shard moves them by its own photos from where the step began; the step moves them by the mean of these moves, which is added
/// along the tree of shards as gradients are. So they are the same for any number of ranks, and a value that no shard moves stays as it is to
/// the bit. Normalisation itself is by the statistics of a shard.
struct ShardBuffers {
    private let buffers: [Parameter]
    private let start: [Tensor]

    /// Notes where a step begins.
    init(_ parameters: [Parameter]) {
        buffers = parameters.filter { $0.isBuffer && $0.isSet && $0.dtype.isFloatingPoint }
        start = withoutGradients { [buffers] in buffers.map(\.value) }
    }

    /// Begins a shard where the step began.
    func reset() {
        for (buffer, value) in zip(buffers, start) { buffer.value = value }
    }

    /// How far a shard moved them, times its share of the step; each as a vector.
    func moves(share: Float) -> [Tensor] {
        withoutGradients {
            zip(buffers, start).map { buffer, start in
                let move = (buffer.value - start).converted(to: .float32) * share
                return move.reshaped(to: [move.count])
            }
        }
    }

    /// Moves them from where the step began by the sum of all shards.
    func move(by sum: Tensor, from first: Int) {
        var first = first
        for (buffer, start) in zip(buffers, start) {
            let move = sum.sliced(axis: 0, from: first, count: start.count).reshaped(to: start.shape)
            buffer.value = start + move.converted(to: start.dtype)
            first += start.count
        }
    }
}
