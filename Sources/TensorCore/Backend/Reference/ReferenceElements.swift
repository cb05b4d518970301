/// How the reference backend reads and writes typed memory: whole buffers to and from Swift arrays.
extension TensorBuffer {
    /// The elements of a floating-point buffer.
    func loadFloats() -> [Float] {
        switch dtype {
        case .float32:
            return load(as: Float.self)
        case .bfloat16:
            return load(as: UInt16.self).map(BFloat16Bits.decode)
        case .float16:
            return load(as: UInt16.self).map(Float16Bits.decode)
        case .int32, .int64, .uint8, .bool:
            preconditionFailure("expected a floating-point buffer, found \(dtype)")
        }
    }

    /// The elements of a floating-point buffer in double precision.
    func loadDoubles() -> [Double] { loadFloats().map(Double.init) }

    /// A float32 operand as a kernel for `dtype` sees it: weights meet bfloat16 activations rounded to bfloat16.
    func loadWeights(meeting other: DType) -> [Double] {
        let values = loadFloats()
        guard other == .bfloat16 else { return values.map(Double.init) }
        return values.map { Double(BFloat16Bits.decode(BFloat16Bits.encode($0))) }
    }

    /// The elements of an integer or boolean buffer.
    func loadIntegers() -> [Int64] {
        switch dtype {
        case .int32: load(as: Int32.self).map(Int64.init)
        case .int64: load(as: Int64.self)
        case .uint8, .bool: load(as: UInt8.self).map(Int64.init)
        case .float32, .bfloat16, .float16: preconditionFailure("expected an integer buffer, found \(dtype)")
        }
    }

    /// The elements of an int64 buffer as positions.
    func loadIndices() -> [Int] { loadIntegers().map(Int.init) }

    /// The elements of any buffer as bit patterns, for operations that only move them.
    func loadBits() -> [UInt64] {
        switch dtype.byteCount {
        case 1: load(as: UInt8.self).map(UInt64.init)
        case 2: load(as: UInt16.self).map(UInt64.init)
        case 4: load(as: UInt32.self).map(UInt64.init)
        default: load(as: UInt64.self)
        }
    }

    /// Writes real numbers to a buffer of any type: rounded to nearest even for floats, truncated toward zero for
    /// integers, where what does not fit goes to the nearest bound.
    func store(_ values: [Double]) {
        switch dtype {
        case .float32: store(raw: values.map { Float($0) })
        case .bfloat16: store(raw: values.map { BFloat16Bits.encode(Float($0)) })
        case .float16: store(raw: values.map { Float16Bits.encode(Float($0)) })
        case .bool: store(raw: values.map { UInt8($0 != 0 ? 1 : 0) })
        case .int32: store(raw: values.map { Int32(clamping: truncateToInteger($0)) })
        case .int64: store(raw: values.map(truncateToInteger))
        case .uint8: store(raw: values.map { UInt8(clamping: truncateToInteger($0)) })
        }
    }

    /// Writes integers to a buffer of any type, wrapping where they do not fit.
    func store(_ values: [Int64]) {
        switch dtype {
        case .float32: store(raw: values.map { Float($0) })
        case .bfloat16: store(raw: values.map { BFloat16Bits.encode(Float($0)) })
        case .float16: store(raw: values.map { Float16Bits.encode(Float($0)) })
        case .int32: store(raw: values.map { Int32(truncatingIfNeeded: $0) })
        case .int64: store(raw: values)
        case .uint8: store(raw: values.map { UInt8(truncatingIfNeeded: $0) })
        case .bool: store(raw: values.map { UInt8($0 != 0 ? 1 : 0) })
        }
    }

    /// Writes truth values to a boolean buffer.
    func store(_ values: [Bool]) { store(raw: values.map { UInt8($0 ? 1 : 0) }) }

    /// Writes bit patterns that ``loadBits()`` gave.
    func storeBits(_ values: [UInt64]) {
        for (index, bits) in values.enumerated() { storeBits(bits, at: index) }
    }

    /// Writes one bit pattern.
    func storeBits(_ bits: UInt64, at index: Int) {
        switch dtype.byteCount {
        case 1: address.storeBytes(of: UInt8(truncatingIfNeeded: bits), toByteOffset: index, as: UInt8.self)
        case 2: address.storeBytes(of: UInt16(truncatingIfNeeded: bits), toByteOffset: 2 * index, as: UInt16.self)
        case 4: address.storeBytes(of: UInt32(truncatingIfNeeded: bits), toByteOffset: 4 * index, as: UInt32.self)
        default: address.storeBytes(of: bits, toByteOffset: 8 * index, as: UInt64.self)
        }
    }

    private func load<Element: BitwiseCopyable>(as type: Element.Type) -> [Element] {
        let bytes = UnsafeRawBufferPointer(start: address, count: count * MemoryLayout<Element>.stride)
        return [Element](unsafeUninitializedCapacity: count) { target, initialized in
            UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
            initialized = count
        }
    }

    private func store<Element: BitwiseCopyable>(raw values: [Element]) {
        precondition(values.count == count, "store: \(values.count) values into \(count)")
        values.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(start: address, count: bytes.count).copyMemory(from: bytes)
        }
    }
}

/// The integer part; what does not fit saturates, and NaN is zero.
func truncateToInteger(_ value: Double) -> Int64 {
    if value.isNaN { return 0 }
    if value >= 0x1p63 { return .max }
    if value < -0x1p63 { return .min }
    return Int64(value)
}

/// For every element of `shape`, in row-major order, its place on the strided side of `layout`.
func stridedOffsets(_ shape: Shape, _ layout: StridedLayout) -> [Int] {
    var offsets = [layout.offset]
    for (axis, extent) in shape.enumerated() {
        var finer: [Int] = []
        finer.reserveCapacity(offsets.count * extent)
        for base in offsets {
            for position in 0..<extent { finer.append(base + position * layout.strides[axis]) }
        }
        offsets = finer
    }
    return offsets
}

/// For every element of `target`, the element of a tensor of shape `source` that broadcasting pairs with it.
func broadcastOffsets(_ source: Shape, to target: Shape) -> [Int] {
    let own = source.strides
    var strides = [Int](repeating: 0, count: target.rank)
    for axis in source.indices where source[axis] != 1 {
        strides[axis + target.rank - source.rank] = own[axis]
    }
    return stridedOffsets(target, StridedLayout(strides: strides))
}

/// A shape seen around one axis: `outer` blocks of `extent` rows of `inner` elements.
struct AxisView {
    let outer: Int
    let extent: Int
    let inner: Int

    init(outer: Int, extent: Int, inner: Int) {
        self.outer = outer
        self.extent = extent
        self.inner = inner
    }

    init(_ shape: Shape, axis: Int) {
        outer = shape[..<axis].reduce(1, *)
        extent = shape[axis]
        inner = shape[(axis + 1)...].reduce(1, *)
    }

    /// The position of an element.
    func index(_ block: Int, _ row: Int, _ column: Int) -> Int {
        let line = block * extent + row
        return line * inner + column
    }
}
