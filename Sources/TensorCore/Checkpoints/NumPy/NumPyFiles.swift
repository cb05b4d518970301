/// Arrays of NumPy, alone and in archives.
enum NumPyFiles {
    /// The name of an array that stands alone, which is NumPy's own for arrays without one.
    static let name = "arr_0"

    /// What is compressed may expand to this many bytes, and ``mostTimes`` the file's own: weights hardly shrink, and an archive that expands
    /// to thousands of times its size is made to fill the memory.
    private static let freeBytes = 1 << 24
    private static let mostTimes = 16

    /// One array.
    static func array(_ file: MappedFile) throws(CheckpointError) -> [String: LazyTensor] {
        do throws(NumPyHeader.Failure) {
            return [name: try tensor(FileBytes(file, 0..<file.byteCount), NumPyHeader(file.bytes))]
        } catch {
            throw .damaged(file: file.path, format: .npy, key: nil, reason: error.reason)
        }
    }

    /// The arrays of an archive, under the names of its entries without `.npy`.
    static func archive(_ file: MappedFile, _ archive: ZipArchive) throws(CheckpointError) -> [String: LazyTensor] {
        let arrays = archive.entries.filter { $0.name.hasSuffix(".npy") }
        var (expanded, isTooMuch) = (0, false)
        for entry in arrays where entry.isDeflated {
            let (sum, overflows) = expanded.addingReportingOverflow(entry.size)
            (expanded, isTooMuch) = (sum, isTooMuch || overflows)
        }
        guard !isTooMuch, expanded <= freeBytes + mostTimes * file.byteCount else {
            throw .damaged(
                file: file.path, format: .npz, key: nil,
                reason:
                    "its \(file.byteCount) bytes would expand to \(isTooMuch ? "2^63" : "\(expanded)"), more than \(mostTimes) times as many"
            )
        }
        var result: [String: LazyTensor] = [:]
        for entry in arrays {
            let name = String(entry.name.dropLast(".npy".count))
            do throws(NumPyHeader.Failure) {
                let bytes = entry.bytes(in: file)
                guard let start = bytes.compression == nil ? nil : bytes.prefix(NumPyHeader.longest) else {
                    guard bytes.compression == nil else { throw NumPyHeader.Failure(reason: "the compressed bytes are damaged") }
                    let own = UnsafeRawBufferPointer(rebasing: file.bytes[bytes.range])
                    result[name] = try tensor(bytes, NumPyHeader(own))
                    continue
                }
                result[name] = try tensor(bytes, header(start))
            } catch {
                throw .damaged(file: file.path, format: .npz, key: name, reason: error.reason)
            }
        }
        return result
    }

    private static func header(_ start: [UInt8]) throws(NumPyHeader.Failure) -> NumPyHeader {
        // The closure of arrays throws errors of any type.
        try start.withUnsafeBytes { bytes in Result { () throws(NumPyHeader.Failure) in try NumPyHeader(bytes) } }.get()
    }

    private static func tensor(_ bytes: FileBytes, _ header: NumPyHeader) throws(NumPyHeader.Failure) -> LazyTensor {
        guard header.dataStart <= bytes.count else { throw NumPyHeader.Failure(reason: "the header is cut short") }
        let data = bytes.part(from: header.dataStart, count: bytes.count - header.dataStart)
        do throws(StoredTensor.Failure) {
            let stored = try StoredTensor(data, header.type, extents: header.extents, strides: header.strides)
            guard stored.shape.elementCount * header.type.byteCount == data.count else {
                throw StoredTensor.Failure("\(data.count) bytes for the shape \(header.extents)")
            }
            return LazyTensor(stored)
        } catch {
            throw NumPyHeader.Failure(reason: error.reason)
        }
    }
}
