internal import CSimdjson
internal import Foundation

/// A parsed instances file: the arrays of `CSimdjson`, released with the value.
struct COCODocument: ~Copyable {
    private let handle: OpaquePointer

    /// Parses a file.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - file: its path, for messages.
    ///   - threads: how many parse at once.
    /// - Throws: ``DatasetError`` for what is no instances file, with the byte where it stops being one.
    init(_ bytes: [UInt8], file: String, threads: Int) throws(DatasetError) {
        var parsed: OpaquePointer?
        var failure = fss_coco_error()
        let status = bytes.withUnsafeBufferPointer {
            fss_coco_parse($0.baseAddress, $0.count, UInt32(clamping: threads), &parsed, &failure)
        }
        guard status == FSS_COCO_OK, let parsed else { throw Self.error(status, failure, file: file) }
        handle = parsed
    }

    deinit { fss_coco_free(handle) }

    var images: UnsafeBufferPointer<fss_coco_image> {
        var count = 0
        return UnsafeBufferPointer(start: fss_coco_images(handle, &count), count: count)
    }

    var annotations: UnsafeBufferPointer<fss_coco_annotation> {
        var count = 0
        return UnsafeBufferPointer(start: fss_coco_annotations(handle, &count), count: count)
    }

    var categories: UnsafeBufferPointer<fss_coco_category> {
        var count = 0
        return UnsafeBufferPointer(start: fss_coco_categories(handle, &count), count: count)
    }

    /// The bytes of all segmentations.
    var segments: UnsafeRawBufferPointer {
        var count = 0
        return UnsafeRawBufferPointer(start: fss_coco_segments(handle, &count), count: count)
    }

    /// The bytes of a text.
    func text(_ text: fss_coco_text) -> UnsafeRawBufferPointer {
        var count = 0
        let all = UnsafeRawBufferPointer(start: fss_coco_texts(handle, &count), count: count)
        return UnsafeRawBufferPointer(rebasing: all[Int(text.start)..<Int(text.start + text.count)])
    }

    /// What was left out, a line each, and how many more.
    var faults: (lines: [String], more: Int) {
        var (count, total) = (0, 0)
        let all = UnsafeBufferPointer(start: fss_coco_faults(handle, &count, &total), count: count)
        return (all.map(Self.line), total - count)
    }

    private static func line(_ fault: fss_coco_fault) -> String {
        let list = ["images", "annotations", "categories"][Int(fault.list)]
        let reason = reasons[UInt32(fault.code)] ?? "an element of another form"
        return "\(list)[\(fault.index)] (byte \(fault.offset)): \(reason)"
    }

    private static let reasons: [UInt32: String] = [
        FSS_COCO_BAD_ELEMENT.rawValue: "no object",
        FSS_COCO_BAD_ID.rawValue: "\"id\" is missing or no whole number",
        FSS_COCO_BAD_SIDES.rawValue: "\"width\" or \"height\" is missing or no side of an image",
        FSS_COCO_BAD_NAME.rawValue: "the name is missing or no text",
        FSS_COCO_BAD_IMAGE_ID.rawValue: "\"image_id\" is missing or no whole number",
        FSS_COCO_BAD_CATEGORY_ID.rawValue: "\"category_id\" is missing or no whole number",
        FSS_COCO_BAD_AREA.rawValue: "\"area\" is no number",
        FSS_COCO_BAD_BOX.rawValue: "\"bbox\" is no list of four numbers",
        FSS_COCO_BAD_CROWD.rawValue: "\"iscrowd\" is neither 0 nor 1",
        FSS_COCO_BAD_POLYGON.rawValue: "a polygon that is no even list of six or more numbers",
        FSS_COCO_BAD_RUNS.rawValue: "RLE without size and counts that add up to it",
        FSS_COCO_BAD_SEGMENTATION.rawValue: "a segmentation that is neither polygons nor RLE",
    ]

    private static func error(_ status: fss_coco_status, _ failure: fss_coco_error, file: String) -> DatasetError {
        let found = withUnsafeBytes(of: failure.found) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let place = "byte \(failure.offset)"
        let expected = "an instances file of COCO (images, annotations, categories)"
        switch status {
        case FSS_COCO_UNAVAILABLE:
            return DatasetError(
                file: file, found: "a build without simdjson", expected: "the package trait Simdjson, which is on by default",
                advice: "build with the trait, or give the folder of HSNet's PNG labels")
        case FSS_COCO_CUT:
            return DatasetError(
                file: file, place: place, found: "the end of the file inside of a value", expected: expected,
                advice: "copy or download the file again")
        case FSS_COCO_SYNTAX:
            return DatasetError(
                file: file, place: place, found: "no JSON: \(found)", expected: expected,
                advice: "copy or download the file again")
        case FSS_COCO_NO_INSTANCES:
            return DatasetError(
                file: file, place: place, found: found, expected: expected,
                advice: "give instances_train2014.json or another file of that kind")
        case FSS_COCO_TOO_LARGE:
            return DatasetError(
                file: file, place: place, found: "an element above \(FSS_COCO_MAX_ELEMENT >> 20) MB", expected: expected,
                advice: "check how the file was made")
        default:
            return DatasetError(file: file, found: "more data than memory", expected: expected, advice: "free some memory")
        }
    }
}
