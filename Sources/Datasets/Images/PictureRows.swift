internal import CImageCodecs

/// The rows of a JPEG or PNG in memory, as the C codecs hand them over.
///
/// A reader exists within ``ImageCodec/reading(_:as:file:background:_:)`` only: the file's bytes have to stay where they are.
struct PictureRows: ~Copyable {
    /// What the header says.
    let info: PictureInfo
    private let picture: OpaquePointer
    private let file: String

    fileprivate init(_ picture: OpaquePointer, _ info: PictureInfo, file: String) {
        self.picture = picture
        self.info = info
        self.file = file
    }

    deinit { fss_picture_close(picture) }

    /// Reads the next row, `width * pixelBytes` bytes, as it is stored.
    func readRow(into row: UnsafeMutablePointer<UInt8>) throws(ImageError) {
        try ImageCodec.check(file: file) { fss_picture_read_row(picture, row, $0, $1) }
    }

    /// Reads what follows the last row; a file that ends too early shows here.
    func finish() throws(ImageError) {
        try ImageCodec.check(file: file) { fss_picture_finish(picture, $0, $1) }
    }

    /// Reads all rows, turned upright, straight into the memory of the result.
    func upright() throws(ImageError) -> [UInt8] {
        let count = info.header.height * info.header.width * info.pixelBytes
        var failure: ImageError?
        let samples = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            guard let base = buffer.baseAddress else { return }
            do throws(ImageError) {
                try ImageCodec.check(file: file) { fss_picture_read_upright(picture, base, $0, $1) }
                filled = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return samples
    }
}

/// What the header of a file says beside sides and orientation.
struct PictureInfo: Sendable {
    /// What samples mean.
    enum Color: Sendable {
        case grey, palette, rgb
    }

    /// Sides and orientation.
    var header: ImageHeader
    /// What samples mean.
    var color: Color
    /// Bits of a sample in the file.
    var bits: Int
    /// Whether values are not exactly those that were saved (JPEG).
    var isLossy: Bool
    /// What one pixel of the rows takes.
    var pixelBytes: Int
    /// Channels of the rows.
    var channels: Int
    /// The palette: red, green, blue, alpha of each entry.
    var palette: [UInt8]

    fileprivate init(_ info: fss_picture_info) {
        header = ImageHeader(
            storedHeight: Int(info.height), storedWidth: Int(info.width),
            orientation: ImageOrientation(rawValue: Int(info.orientation)) ?? .upright)
        color =
            switch info.colour {
            case FSS_COLOUR_PALETTE: .palette
            case FSS_COLOUR_RGB: .rgb
            default: .grey
            }
        bits = Int(info.bits)
        isLossy = info.lossy != 0
        pixelBytes = Int(info.pixel_bytes)
        channels = Int(info.channels)
        palette = withUnsafeBytes(of: info.palette) { Array($0.prefix(Int(info.palette_count) * 4)) }
    }
}

extension ImageCodec {
    /// Opens a file that is in memory and hands its rows to `body`.
    static func reading<Result>(
        _ bytes: [UInt8], as rows: fss_rows, file: String, background: UInt8 = 0,
        _ body: (borrowing PictureRows) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        _ = try readableFormat(of: bytes, file: file)
        return try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) -> Result in
            var picture: OpaquePointer?
            var info = fss_picture_info()
            try check(file: file) {
                fss_picture_open(buffer.baseAddress, buffer.count, rows, background, &picture, &info, $0, $1)
            }
            guard let picture else { throw failure(FSS_IMAGE_OUT_OF_MEMORY, file: file, found: "no decoder") }
            return try body(PictureRows(picture, PictureInfo(info), file: file))
        }
    }
}
