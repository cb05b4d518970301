extension Tensor {
    /// A float32 tensor from scalars in row-major order.
    ///
    /// - Precondition: as many scalars as `shape` has elements.
    public init(_ scalars: [Float], shape: Shape) { self.init(copying: scalars, shape: shape, dtype: .float32) }

    /// An int64 tensor from scalars in row-major order.
    public init(_ scalars: [Int64], shape: Shape) { self.init(copying: scalars, shape: shape, dtype: .int64) }

    /// An int32 tensor from scalars in row-major order.
    public init(_ scalars: [Int32], shape: Shape) { self.init(copying: scalars, shape: shape, dtype: .int32) }

    /// A uint8 tensor from scalars in row-major order.
    public init(_ scalars: [UInt8], shape: Shape) { self.init(copying: scalars, shape: shape, dtype: .uint8) }

    /// A bool tensor from scalars in row-major order.
    public init(_ scalars: [Bool], shape: Shape) {
        self.init(copying: scalars.map { $0 ? UInt8(1) : 0 }, shape: shape, dtype: .bool)
    }

    /// A float32 scalar (rank 0).
    public init(_ scalar: Float) { self.init([scalar], shape: []) }

    /// A float32 vector: `Tensor([1, 2, 3])`.
    public init(_ elements: [Float]) { self.init(elements, shape: [elements.count]) }

    /// A float32 matrix from its rows: `Tensor([[1, 2], [3, 4]])`.
    ///
    /// - Precondition: rows of one length.
    public init(_ rows: [[Float]]) {
        let width = rows.first?.count ?? 0
        require(
            rows.allSatisfy { $0.count == width }, "Tensor.init", "rows of different lengths: \(rows.map(\.count))")
        self.init(rows.flatMap { $0 }, shape: [rows.count, width])
    }

    /// A float32 tensor of three axes from its matrices.
    ///
    /// - Precondition: matrices of one shape.
    public init(_ matrices: [[[Float]]]) {
        let height = matrices.first?.count ?? 0
        require(
            matrices.allSatisfy { $0.count == height }, "Tensor.init",
            "matrices of different heights: \(matrices.map(\.count))")
        let rows = Tensor(matrices.flatMap { $0 })
        self = rows.reshaped(to: [matrices.count, height, rows.shape[1]])
    }

    /// A tensor with every element `value`.
    public init(repeating value: Double, shape: Shape, dtype: DType = .float32) {
        let backend = Devices.current.backend
        let buffer = TensorBuffer.allocated(shape, dtype, on: backend)
        backend.fill(buffer, with: value)
        self.init(buffer: buffer)
    }

    /// A tensor of zeros.
    public init(zeros shape: Shape, dtype: DType = .float32) { self.init(repeating: 0, shape: shape, dtype: dtype) }

    /// A tensor of ones.
    public init(ones shape: Shape, dtype: DType = .float32) { self.init(repeating: 1, shape: shape, dtype: dtype) }

    /// Raw little-endian bytes as a tensor of `dtype`; bytes of bool count as true where they are not zero.
    ///
    /// - Precondition: exactly the bytes of `shape` and `dtype`.
    public init(bytes: UnsafeRawBufferPointer, shape: Shape, dtype: DType) {
        require(
            bytes.count == dtype.byteCount(of: shape), "Tensor.init",
            "bytes: \(dtype) \(shape) needs \(dtype.byteCount(of: shape)), found \(bytes.count)")
        if dtype == .bool, bytes.contains(where: { $0 > 1 }) {
            self.init(bytes.map { $0 != 0 }, shape: shape)
            return
        }
        let backend = Devices.current.backend
        let buffer = TensorBuffer.allocated(shape, dtype, on: backend)
        backend.upload(bytes, to: buffer.storage)
        self.init(buffer: buffer)
    }

    private init<Scalar>(copying scalars: [Scalar], shape: Shape, dtype: DType) {
        require(
            scalars.count == shape.elementCount, "Tensor.init",
            "scalars: \(dtype) \(shape) needs \(shape.elementCount), found \(scalars.count)")
        self = scalars.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: dtype) }
    }

    /// Zeros of the same shape, type and backend.
    public func zerosLike() -> Tensor { filled(with: 0) }

    /// `value` in the same shape, type and backend.
    func filled(with value: Double, shape: Shape? = nil, dtype: DType? = nil) -> Tensor {
        let out = makeBuffer(shape ?? self.shape, dtype)
        backend.fill(out, with: value)
        return Tensor(buffer: out)
    }

    /// `0, 1, ..., count - 1` as float32.
    public init(rangeTo count: Int) {
        require(count >= 0, "Tensor.init", "rangeTo: expected a count, found \(count)")
        self.init((0..<count).map { Float($0) }, shape: [count])
    }
}

extension Backend {
    /// An int64 vector for operands on this backend.
    func constant(_ values: [Int64]) -> Tensor {
        let buffer = TensorBuffer.allocated([values.count], .int64, on: self)
        values.withUnsafeBytes { upload($0, to: buffer.storage) }
        return Tensor(buffer: buffer)
    }
}
