internal import CZlib

extension ZipArchive.Entry {
    /// Its bytes in `file`, which expand when they are read.
    func bytes(in file: MappedFile) -> FileBytes {
        guard isDeflated else { return FileBytes(file, range) }
        return FileBytes(file, range, compression: .init(total: size, checksum: checksum, part: 0..<size))
    }
}

extension FileBytes {
    /// The part that is meant, of the content that comes of the compressed bytes.
    ///
    /// - Throws: ``CheckpointError/damaged(file:format:key:reason:)`` where it is not the content that the archive tells of.
    func expanded() throws(CheckpointError) -> ArraySlice<UInt8> {
        guard let compression else { return ArraySlice(file.bytes[range]) }
        let content = prefix(compression.total)
        guard let content, content.count == compression.total, Self.checksum(of: content) == compression.checksum else {
            throw .damaged(
                file: file.path, format: .npz, key: nil, reason: "the compressed bytes \(range) are damaged")
        }
        return content[compression.part]
    }

    /// At most `count` bytes from the beginning of the content; nil where no bytes come of it, or more than it is said to have.
    func prefix(_ count: Int) -> [UInt8]? {
        guard let compression else { return Array(file.bytes[range].prefix(count)) }
        let source = UnsafeRawBufferPointer(rebasing: file.bytes[range])
        let wanted = min(count, compression.total)
        guard wanted > 0 else { return [] }
        var status = FSS_INFLATE_DAMAGED
        let content = [UInt8](unsafeUninitializedCapacity: wanted) { target, filled in
            status = fss_inflate(source.baseAddress, source.count, target.baseAddress, wanted, &filled)
        }
        switch status {
        case FSS_INFLATE_OK: return content.count == wanted ? content : nil
        case FSS_INFLATE_MORE: return wanted < compression.total ? content : nil
        default: return nil
        }
    }

    private static func checksum(of bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { fss_crc32($0.baseAddress, $0.count) } }
}
