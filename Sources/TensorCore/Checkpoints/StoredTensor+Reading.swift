extension StoredTensor {
    /// The numbers in the order of rows, in the tensor's type.
    ///
    /// - Throws: ``CheckpointError`` where the file has been cut short, or its compressed bytes are damaged.
    func tensor() throws(CheckpointError) -> Tensor {
        try bytes.file.check()
        if bytes.compression == nil {
            return tensor(UnsafeRawBufferPointer(rebasing: bytes.file.bytes[bytes.range]))
        }
        let expanded = try bytes.expanded()
        return expanded.withUnsafeBytes { tensor($0) }
    }

    private func tensor(_ source: UnsafeRawBufferPointer) -> Tensor {
        let ordered = isContiguous ? nil : gathered(source)
        guard let ordered else { return converted(source) }
        return ordered.withUnsafeBytes { converted($0) }
    }

    private func converted(_ source: UnsafeRawBufferPointer) -> Tensor {
        let count = shape.elementCount
        func each<Wide, Element>(_ type: Element.Type, _ convert: (Element) -> Wide) -> [Wide] {
            (0..<count).map { convert(source.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: Element.self)) }
        }
        switch type {
        case .float64: return Tensor(each(Double.self) { Float($0) }, shape: shape)
        case .int16: return Tensor(each(Int16.self) { Int32($0) }, shape: shape)
        case .int8: return Tensor(each(Int8.self) { Int32($0) }, shape: shape)
        default:
            let own = UnsafeRawBufferPointer(rebasing: source.prefix(count * type.byteCount))
            return Tensor(fileBytes: own, shape: shape, dtype: type.dtype)
        }
    }

    private func gathered(_ source: UnsafeRawBufferPointer) -> [UInt8] {
        switch type.byteCount {
        case 8: gathered(source, UInt64.self)
        case 4: gathered(source, UInt32.self)
        case 2: gathered(source, UInt16.self)
        default: gathered(source, UInt8.self)
        }
    }

    /// Follows the strides, the last axis innermost.
    private func gathered<Element: FixedWidthInteger>(_ source: UnsafeRawBufferPointer, _: Element.Type) -> [UInt8] {
        let (count, width) = (shape.elementCount, MemoryLayout<Element>.size)
        let (inner, step) = (shape.last ?? 1, (strides.last ?? 1) * width)
        return [UInt8](unsafeUninitializedCapacity: count * width) { target, filled in
            let target = UnsafeMutableRawBufferPointer(target)
            var place = [Int](repeating: 0, count: max(shape.rank - 1, 0))
            var (row, written) = (0, 0)
            while written < count {
                for index in 0..<inner {
                    let element = source.loadUnaligned(fromByteOffset: row + index * step, as: Element.self)
                    target.storeBytes(of: element, toByteOffset: (written + index) * width, as: Element.self)
                }
                written += inner
                for axis in place.indices.reversed() {
                    place[axis] += 1
                    row += strides[axis] * width
                    if place[axis] < shape[axis] { break }
                    row -= strides[axis] * width * shape[axis]
                    place[axis] = 0
                }
            }
            filled = count * width
        }
    }
}
