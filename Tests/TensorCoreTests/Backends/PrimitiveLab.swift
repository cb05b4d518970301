import TensorCore

/// Makes buffers on one backend; two labs of one type make the same values.
struct PrimitiveLab {
    let backend: any Backend
    let dtype: DType
    private var random = TorchRandom(seed: 5)

    init(backend: any Backend, dtype: DType) {
        self.backend = backend
        self.dtype = dtype
    }

    /// Normal values, or values from 0.1 to 3.
    mutating func buffer(_ shape: Shape, dtype: DType? = nil, positive: Bool = false) -> TensorBuffer {
        Devices.using(Device(backend)) {
            let values = positive ? random.uniform(shape: shape, in: 0.1...3) : random.normal(shape: shape)
            return values.converted(to: dtype ?? self.dtype).buffer
        }
    }

    /// Values around 1, whose long products neither vanish nor overflow.
    mutating func nearOne(_ shape: Shape) -> TensorBuffer {
        Devices.using(Device(backend)) {
            let values = random.uniform(shape: shape, in: -1e-4...1e-4) + 1
            return values.converted(to: dtype).buffer
        }
    }

    /// Memory for a result.
    func empty(_ shape: Shape, _ dtype: DType? = nil) -> TensorBuffer {
        let type = dtype ?? self.dtype
        let storage = backend.allocate(byteCount: shape.elementCount * type.byteCount)
        return TensorBuffer(storage: storage, shape: shape, dtype: type)
    }
}

extension TensorBuffer {
    /// The elements as Float, on the host.
    func scalars() -> [Float] {
        var bytes = [UInt8](repeating: 0, count: count * dtype.byteCount)
        bytes.withUnsafeMutableBytes { storage.backend.download(storage, to: $0) }
        return bytes.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: dtype).scalars }
    }
}

extension UnaryOperation {
    /// Whether the function is undefined below zero.
    var needsPositive: Bool {
        [.squareRoot, .reciprocalSquareRoot, .reciprocal, .logarithm, .power].contains(self)
    }
}
