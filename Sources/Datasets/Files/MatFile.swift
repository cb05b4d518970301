internal import CMatIO
internal import Foundation

/// Label maps in MATLAB's files of version 5, through libmatio.
enum MatFile {
    /// Reads a matrix of bytes in a field of a struct.
    ///
    /// Every size in the file is checked before libmatio sees it; a file, and what it holds compressed, may have 64 MiB.
    ///
    /// - Throws: ``DatasetError`` for a file that is missing, none of MATLAB's, damaged, or without the field.
    static func labels(_ url: URL, variable: String, field: String) throws(DatasetError) -> LabelMap {
        let expected = "a MATLAB file (version 5) with a byte matrix \(variable).\(field)"
        let bytes = try TextFile.bytes(of: url, expected: expected)
        var labels = fss_mat_labels()
        var text = [CChar](repeating: 0, count: 160)
        let path = FileBytes.resolved(url.path)
        let status = fss_mat_read(path, bytes, bytes.count, variable, field, &labels, &text, text.count)
        defer { fss_mat_free(&labels) }
        guard status == FSS_MAT_OK else {
            let found = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let (what, advice) = problem(status, found, isEmpty: bytes.isEmpty)
            throw DatasetError(file: url.path, found: what, expected: expected, advice: advice)
        }
        let (height, width) = (Int(labels.height), Int(labels.width))
        return LabelMap(
            height: height, width: width, values: Array(UnsafeBufferPointer(start: labels.values, count: height * width)))
    }

    private static func problem(_ status: fss_mat_status, _ found: String, isEmpty: Bool) -> (found: String, advice: String) {
        let again = "unpack or download the file again"
        if isEmpty { return ("a file of zero bytes", again) }
        switch status {
        case FSS_MAT_UNAVAILABLE:
            return ("a build without libmatio", "build with the package trait MatIO, or give a folder of PNG label maps")
        case FSS_MAT_NO_MAT: return ("bytes that are no MATLAB file of version 5", again)
        case FSS_MAT_OUT_OF_MEMORY: return ("more values than memory has room for", "free memory")
        case FSS_MAT_NO_LABELS, FSS_MAT_TOO_LARGE: return (found, "take the files of SBD as they were published")
        default: return (found, again)
        }
    }
}
