/// Where a tensor's numbers lie in its file, and in which order: checked against the bytes when it is made.
struct StoredTensor: Sendable {
    /// Why a description of a tensor is refused.
    struct Failure: Error {
        var reason: String

        init(_ reason: String) { self.reason = reason }
    }

    let type: StoredType
    let shape: Shape
    /// Steps in elements, one an axis; none is negative.
    let strides: [Int]
    /// The bytes from the first element to the end of the last one.
    let bytes: FileBytes

    /// Bytes of elements that may be told of although the file does not have as many: rows that are repeated.
    private static let freeBytes = 1 << 20

    /// A view of a storage.
    ///
    /// - Parameters:
    ///   - storage: the bytes that views share, a whole number of elements.
    ///   - offset: the first element.
    ///   - strides: in elements; nil for elements in the order of rows.
    /// - Throws: ``Failure`` for extents that no tensor has, and for a view that leaves the storage or is much larger than it.
    init(_ storage: FileBytes, _ type: StoredType, offset: Int = 0, extents: [Int], strides: [Int]? = nil) throws(Failure) {
        guard extents.count <= Shape.maximumRank, extents.allSatisfy({ $0 >= 0 && $0 < Int(Int32.max) }) else {
            throw Failure("the shape \(extents.prefix(20)) has more than \(Shape.maximumRank) axes or an extent out of range")
        }
        let count = try Self.product(extents)
        let shape = Shape(extents)
        let strides = strides ?? shape.strides
        guard strides.count == extents.count, offset >= 0, strides.allSatisfy({ $0 >= 0 }) || count == 0 else {
            throw Failure("\(extents.count) axes with the strides \(strides.prefix(20)) from element \(offset) on")
        }
        let available = storage.count / type.byteCount
        let last = count == 0 ? -1 : try Self.last(extents, strides)
        guard last < available, offset <= available - last - 1 else {
            throw Failure(
                "shape \(extents), strides \(strides) from element \(offset) on leave the storage of \(available) elements")
        }
        guard count * type.byteCount <= max(storage.count, Self.freeBytes) else {
            throw Failure("\(count) elements in a storage of \(available): one element stands for too many")
        }
        self.type = type
        self.shape = shape
        self.strides = strides
        bytes = storage.part(from: offset * type.byteCount, count: (last + 1) * type.byteCount)
    }

    /// Whether the elements lie one behind another in the order of rows.
    var isContiguous: Bool {
        var step = 1
        for axis in (0..<shape.rank).reversed() where shape[axis] != 1 {
            if strides[axis] != step { return shape.elementCount == 0 }
            step *= shape[axis]
        }
        return true
    }

    private static func product(_ extents: [Int]) throws(Failure) -> Int {
        var product = 1
        for extent in extents where extent != 0 {
            let (next, overflows) = product.multipliedReportingOverflow(by: extent)
            guard !overflows, next < 1 << 47 else { throw Failure("the shape \(extents) has more elements than any file") }
            product = next
        }
        return extents.contains(0) ? 0 : product
    }

    /// The place of the last element behind the first.
    private static func last(_ extents: [Int], _ strides: [Int]) throws(Failure) -> Int {
        var last = 0
        for (extent, stride) in zip(extents, strides) {
            let (step, overflows) = (extent - 1).multipliedReportingOverflow(by: stride)
            guard !overflows, step < 1 << 47 else { throw Failure("strides \(strides) that no file has") }
            last += step
        }
        return last
    }
}

/// A part of a mapped file, as it stands there or behind a compression.
struct FileBytes: Sendable {
    let file: MappedFile
    /// The bytes in the file.
    let range: Range<Int>
    /// What expands them; nil where they are the bytes themselves.
    let compression: Compression?

    /// A compressed entry of an archive, and the part of its content that is meant.
    struct Compression: Sendable {
        /// Bytes of the whole content.
        var total: Int
        var checksum: UInt32
        var part: Range<Int>
    }

    init(_ file: MappedFile, _ range: Range<Int>, compression: Compression? = nil) {
        self.file = file
        self.range = range
        self.compression = compression
    }

    /// How many bytes there are.
    var count: Int { compression?.part.count ?? range.count }

    /// A part; the caller has checked that it is inside.
    func part(from start: Int, count: Int) -> FileBytes {
        guard var compression else {
            let first = range.lowerBound + start
            return FileBytes(file, first..<(first + count))
        }
        let first = compression.part.lowerBound + start
        compression.part = first..<(first + count)
        return FileBytes(file, range, compression: compression)
    }
}
