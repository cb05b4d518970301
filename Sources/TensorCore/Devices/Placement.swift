extension Tensor {
    /// Where the tensor lives.
    public var device: Device { Device(backend) }

    /// The tensor on `device`: itself where it lives there, else a copy, which waits for the elements.
    ///
    /// Derivative: the gradient, placed back.
    public func placed(on device: Device) -> Tensor {
        let source = self.device
        if source == device { return self }
        let out = TensorBuffer.allocated(shape, dtype, on: device.backend)
        detached().withHostBytes { device.backend.upload($0, to: out.storage) }
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        return .recorded(out, self) { $0.placed(on: source) }
    }

    /// The tensor where `other` lives.
    public func placed(beside other: Tensor) -> Tensor { placed(on: other.device) }
}

/// Constants beside operands: where an operation needs numbers that the host knows, they are made on its operands' device.
extension Tensor {
    /// A float32 tensor from scalars in row-major order, on the device of `other`.
    ///
    /// - Precondition: as many scalars as `shape` has elements.
    public init(_ scalars: [Float], shape: Shape, beside other: Tensor) {
        self = Devices.using(other.device) { Tensor(scalars, shape: shape) }
    }

    /// An int64 tensor from scalars in row-major order, on the device of `other`.
    ///
    /// - Precondition: as many scalars as `shape` has elements.
    public init(_ scalars: [Int64], shape: Shape, beside other: Tensor) {
        self = Devices.using(other.device) { Tensor(scalars, shape: shape) }
    }

    /// A tensor with every element `value`, on the device of `other`.
    public init(repeating value: Double, shape: Shape, dtype: DType = .float32, beside other: Tensor) {
        self = other.filled(with: value, shape: shape, dtype: dtype)
    }
}

extension TorchRandom {
    /// `torch.randn(shape)`, drawn on the host and put on the device of `other`.
    public mutating func normal(shape: Shape, beside other: Tensor) -> Tensor {
        Tensor(normals(shape.elementCount), shape: shape, beside: other)
    }
}
