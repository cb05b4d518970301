public import Foundation
internal import CImageCodecs

/// A mask picture that was read, and what was assumed where the file could not tell.
public struct MaskReading: Sendable, Equatable {
    /// The object, upright.
    public var mask: BinaryMask
    /// What whoever reads the result should know, a sentence each that begins with the file. Empty for a plain mask.
    public var remarks: [String]

    /// Joins a mask with remarks.
    public init(mask: BinaryMask, remarks: [String] = []) {
        self.mask = mask
        self.remarks = remarks
    }

    /// Reads a mask from any PNG, or from a JPEG by half of its brightest value. The rule is a table in <doc:Masks>.
    ///
    /// The file is decoded row by row, twice: memory is one byte a pixel. An empty mask is a valid file: whether it is acceptable is up
    /// to the caller (``AnnotationFile`` refuses it).
    ///
    /// - Parameters:
    ///   - url: the file; its content decides how it is read, not its name.
    ///   - rule: how values become foreground.
    ///   - photo: the photo that the mask was drawn on. Sides are compared before anything is decoded; a mask of the stored pixels of
    ///     a photo with an orientation is turned along.
    /// - Throws: ``ImageError`` for a file that cannot be read or has no pixel of the value of ``MaskRule/value(_:)``;
    ///   ``DatasetError`` for a mask of other sides than its photo.
    public static func load(_ url: URL, rule: MaskRule = .automatic, photo: ImageHeader? = nil) throws -> MaskReading {
        try read(try ImageFile.bytes(of: url), file: url.path, rule: rule, photo: photo)
    }

    static func read(
        _ bytes: [UInt8], file: String, rule: MaskRule = .automatic, photo: ImageHeader? = nil
    ) throws -> MaskReading {
        let header = try ImageFile.header(bytes, file: file)
        let turn = try photo.map { (photo) throws(DatasetError) in try MaskTurn(header, photo, file: file) }
        var reading = try decoded(bytes, file: file, rule: rule)
        reading.mask = reading.mask.turned(turn?.orientation ?? header.orientation)
        reading.remarks += turn?.remarks ?? []
        if reading.mask.isFull && reading.mask.values.count > 1 { reading.remarks.append("every pixel is the object") }
        reading.remarks = reading.remarks.map { "\(file): \($0)" }
        return reading
    }

    /// The mask as its pixels are stored.
    static func decoded(_ bytes: [UInt8], file: String, rule: MaskRule) throws(ImageError) -> MaskReading {
        let (info, statistics) = try MaskStatistics.counting(bytes, file: file)
        let choice = try MaskChoice(rule, info, statistics, file: file)
        let mask = try ImageCodec.reading(bytes, as: FSS_ROWS_VALUES, file: file) { (rows) throws(ImageError) in
            let sampler = MaskSampler(info)
            let table = sampler.table.map(choice.isObject)
            let (height, width) = (info.header.storedHeight, info.header.storedWidth)
            var values: [Bool] = []
            values.reserveCapacity(height * width)
            if table.isEmpty {
                try rows.forEachRow(sampler) { values.append(contentsOf: $0.lazy.map(choice.isObject)) }
            } else {
                try rows.forEachRow { row in values.append(contentsOf: row.lazy.map { table[Int($0)] }) }
            }
            return BinaryMask(height: height, width: width, values: values)
        }
        return MaskReading(mask: mask, remarks: choice.remarks)
    }
}

/// How a mask has to be turned to lie on its upright photo.
struct MaskTurn {
    /// What is applied to the stored pixels of the mask.
    var orientation: ImageOrientation
    /// What was assumed.
    var remarks: [String] = []

    init(_ mask: ImageHeader, _ photo: ImageHeader, file: String) throws(DatasetError) {
        let tag = "the photo's orientation tag \(photo.orientation.rawValue)"
        let isTagged = photo.orientation != .upright
        let stored = (mask.storedHeight, mask.storedWidth)
        if (mask.height, mask.width) == (photo.height, photo.width) {
            orientation = mask.orientation
            guard photo.sidesCannotTell && mask.orientation == .upright else { return }
            remarks = ["sides cannot tell whether the mask follows \(tag); it is taken as drawn on the photo as it is shown"]
        } else if mask.orientation == .upright && isTagged && stored == (photo.storedHeight, photo.storedWidth) {
            orientation = photo.orientation
            remarks = ["drawn on the stored pixels, without \(tag) (EXIF); it is turned along with the photo"]
        } else if mask.orientation != .upright && stored == (photo.height, photo.width) {
            orientation = .upright
            remarks = [
                "the mask's own orientation tag \(mask.orientation.rawValue) is passed over: without it the sides are the photo's"
            ]
        } else {
            let note = isTagged ? " after \(tag), \(photo.storedWidth)x\(photo.storedHeight) before" : ""
            throw DatasetError(
                file: file, place: "mask annotation", found: "a mask of \(mask.width)x\(mask.height) pixels",
                expected: "the size of its image, \(photo.width)x\(photo.height)\(note)",
                advice: "draw the mask on the image in its full size")
        }
    }
}

extension BinaryMask {
    /// Whether every pixel is foreground.
    var isFull: Bool { !values.contains(false) }
}

extension PictureRows {
    /// Hands all rows to `body`, as they are stored.
    func forEachRow(_ body: (UnsafeBufferPointer<UInt8>) -> Void) throws(ImageError) {
        let row = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: info.header.storedWidth * info.pixelBytes)
        defer { row.deallocate() }
        row.initialize(repeating: 0)
        guard let base = row.baseAddress else { return }
        for _ in 0..<info.header.storedHeight {
            try readRow(into: base)
            body(UnsafeBufferPointer(row))
        }
        try finish()
    }

    /// Hands all rows to `body`, as pixels.
    func forEachRow(_ sampler: MaskSampler, _ body: ([MaskSample]) -> Void) throws(ImageError) {
        let blank = MaskSample(value: 0, red: 0, green: 0, blue: 0, alpha: 0)
        var samples = Array(repeating: blank, count: info.header.storedWidth)
        try forEachRow { row in
            guard let base = row.baseAddress else { return }
            sampler.read(base, into: &samples)
            body(samples)
        }
    }
}
