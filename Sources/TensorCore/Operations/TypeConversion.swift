extension Tensor {
    /// The elements as another type.
    ///
    /// Floats to integers truncate toward zero, anything to bool is `!= 0`. The derivative between floating types is
    /// the conversion back; other conversions cut the graph.
    public func converted(to dtype: DType) -> Tensor {
        if dtype == self.dtype { return self }
        let out = makeBuffer(shape, dtype)
        backend.convert(buffer, into: out)
        guard dtype.isFloatingPoint, Tensor.records(self) else { return Tensor(buffer: out) }
        let source = self.dtype
        return .recorded(out, self) { $0.converted(to: source) }
    }

    /// The type that two operands meet in: floats win over integers, wide over narrow; float32 is where bfloat16 and float16
    /// meet. Floating-point arithmetic runs in ``DType/computed`` of it.
    static func promoted(_ a: DType, _ b: DType) -> DType {
        if a != b && a.isFloatingPoint && b.isFloatingPoint { return .float32 }
        func order(_ dtype: DType) -> Int {
            switch dtype {
            case .bool: 0
            case .uint8: 1
            case .int32: 2
            case .int64: 3
            case .bfloat16, .float16: 4
            case .float32: 5
            }
        }
        return order(a) >= order(b) ? a : b
    }
}
