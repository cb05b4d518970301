extension Tensor {
    /// The elements as Float, in row-major order; converts from any type. O(n), copies to the host.
    public var scalars: [Float] {
        let source = dtype == .float32 ? self : detached().converted(to: .float32)
        return source.hostArray(of: Float.self)
    }

    /// The elements as Int64, in row-major order; converts from any type.
    public var integers: [Int64] {
        let source = dtype == .int64 ? self : detached().converted(to: .int64)
        return source.hostArray(of: Int64.self)
    }

    /// The elements of a uint8 or bool tensor.
    public var bytes: [UInt8] {
        require(dtype == .uint8 || dtype == .bool, "Tensor.bytes", "x is \(dtype) \(shape), expected uint8 or bool")
        return hostArray(of: UInt8.self)
    }

    /// The only element.
    ///
    /// - Precondition: the tensor has one element.
    public var scalar: Float {
        require(count == 1, "Tensor.scalar", "x is \(dtype) \(shape), expected one element")
        return scalars[0]
    }

    /// The bytes as they lie in memory, row-major and little-endian.
    public func withHostBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        var bytes = [UInt8](repeating: 0, count: count * dtype.byteCount)
        bytes.withUnsafeMutableBytes { backend.download(buffer.storage, to: $0) }
        return try bytes.withUnsafeBytes(body)
    }

    private func hostArray<Scalar>(of type: Scalar.Type) -> [Scalar] {
        [Scalar](unsafeUninitializedCapacity: count) { target, initialized in
            backend.download(buffer.storage, to: UnsafeMutableRawBufferPointer(target))
            initialized = count
        }
    }
}

extension Tensor: CustomStringConvertible {
    /// Type, shape and the first elements.
    public var description: String {
        let shown = scalars.prefix(8).map { "\($0)" }.joined(separator: ", ")
        return "Tensor(\(dtype), \(shape): [\(shown)\(count > 8 ? ", ..." : "")])"
    }
}
