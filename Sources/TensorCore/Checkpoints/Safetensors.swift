public import Foundation

/// The native checkpoint format: `u64` header length, JSON header, tensors.
///
/// Reading is stricter than the format's own library: duplicate keys and leading spaces are refused, too. The types F32,
/// BF16, F16 (widened to float32), I32, I64, U8 and BOOL are read.
public enum Safetensors {
    private static let maximumHeader = 100_000_000

    /// Reads every tensor of a file.
    ///
    /// - Throws: ``CheckpointError`` that names the file and the key.
    public static func load(contentsOf url: URL) throws(CheckpointError) -> StateDict {
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw .file(url.path, reason: "cannot be read: \(error.localizedDescription)")
        }
        return try parse(data, source: url.path)
    }

    /// Reads every tensor of a file's bytes; `source` names them in messages.
    public static func parse(_ data: Data, source: String) throws(CheckpointError) -> StateDict {
        func refuse(_ key: String?, _ reason: String) -> CheckpointError { .malformed(file: source, key: key, reason: reason) }
        guard data.count >= 8 else { throw refuse(nil, "\(data.count) bytes, a header length alone takes 8") }
        let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length > 0 else { throw refuse(nil, "the header is empty") }
        guard length <= UInt64(maximumHeader) else {
            throw refuse(nil, "a header of \(length) bytes, at most \(maximumHeader) are accepted")
        }
        let start = 8 + Int(length)
        guard start <= data.count else {
            throw refuse(
                nil, "the header should have \(length) bytes, the file has \(data.count - 8) after the length: truncated")
        }
        let header: SafetensorsHeader
        do throws(SafetensorsHeader.Failure) {
            header = try SafetensorsHeader([UInt8](data[(data.startIndex + 8)..<(data.startIndex + start)]))
        } catch {
            throw refuse(error.key, error.reason)
        }
        try checkLayout(header, bufferCount: data.count - start, source)
        var state = StateDict([:], metadata: header.metadata, source: source)
        for (name, entry) in header.entries {
            guard let type = ElementType(rawValue: entry.dtype) else {
                throw refuse(name, "the type \(entry.dtype) is not supported")
            }
            guard entry.shape.count <= Shape.maximumRank, entry.shape.allSatisfy({ $0 < Int(Int32.max) }) else {
                throw refuse(name, "the shape \(entry.shape) has more than \(Shape.maximumRank) axes or an extent beyond 2^31")
            }
            let range = (start + entry.begin)..<(start + entry.end)
            state[name] = data.withUnsafeBytes { bytes in
                type.tensor(UnsafeRawBufferPointer(rebasing: bytes[range]), shape: Shape(entry.shape))
            }
        }
        return state
    }

    /// Every tensor has the bytes of its shape, and together they cover the buffer without holes or overlaps.
    private static func checkLayout(_ header: SafetensorsHeader, bufferCount: Int, _ source: String) throws(CheckpointError) {
        func refuse(_ key: String?, _ reason: String) -> CheckpointError { .malformed(file: source, key: key, reason: reason) }
        let ordered = header.entries.sorted { ($0.value.begin, $0.value.end, $0.key) < ($1.value.begin, $1.value.end, $1.key) }
        var position = 0
        for (name, entry) in ordered {
            guard let width = ElementType.byteCount(of: entry.dtype) else { throw refuse(name, "unknown type \(entry.dtype)") }
            var size = width
            for extent in entry.shape {
                let (product, overflow) = size.multipliedReportingOverflow(by: extent)
                guard !overflow else { throw refuse(name, "the size of shape \(entry.shape) overflows") }
                size = product
            }
            guard entry.end - entry.begin == size else {
                throw refuse(
                    name,
                    "shape \(entry.shape) of \(entry.dtype) needs \(size) bytes, data_offsets give \(entry.end - entry.begin)")
            }
            guard entry.begin == position else {
                let problem =
                    entry.begin < position ? "overlaps the tensor before it" : "leaves a hole of \(entry.begin - position) bytes"
                throw refuse(name, "data begins at \(entry.begin), which \(problem)")
            }
            guard entry.end <= bufferCount else {
                throw refuse(
                    name, "data ends at \(entry.end), beyond the file's \(bufferCount) bytes of data: truncated or corrupt")
            }
            position = entry.end
        }
        guard position == bufferCount else { throw refuse(nil, "\(bufferCount - position) bytes after the last tensor") }
    }

    /// Writes tensors to a file: first to a temporary file beside it, flushed, then renamed, so that no reader and no crash
    /// ever sees half of it.
    public static func save(_ state: StateDict, to url: URL) throws(CheckpointError) {
        do throws(FileFailure) {
            try AtomicFile.write(serialize(state), to: url)
        } catch {
            throw .file(url.path, reason: "cannot be written: found \(error.found); \(error.advice)")
        }
    }

    /// The bytes of a file, in the order of the format's own library: by type, widest first, then by name; header padded
    /// to 8 bytes.
    public static func serialize(_ state: StateDict) -> Data {
        let names = state.names.sorted {
            let (a, b) = (state[$0]?.dtype.fileRank ?? 0, state[$1]?.dtype.fileRank ?? 0)
            return a == b ? $0.utf8.lexicographicallyPrecedes($1.utf8) : a < b
        }
        var fields: [String] = []
        if !state.metadata.isEmpty {
            let members = state.metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            fields.append("\"__metadata__\":{\(members.joined(separator: ","))}")
        }
        var payload = Data()
        for name in names {
            guard let tensor = state[name] else { continue }
            let begin = payload.count
            tensor.withHostBytes { payload.append(contentsOf: $0) }
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            fields.append(
                "\(quoted(name)):{\"dtype\":\"\(ElementType(tensor.dtype).rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(payload.count)]}"
            )
        }
        var header = Data("{\(fields.joined(separator: ","))}".utf8)
        header.append(contentsOf: [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8))
        var file = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
        file.append(header)
        file.append(payload)
        return file
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "\u{8}": result += "\\b"
            case "\u{c}": result += "\\f"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension DType {
    /// The place of the type's tensors in a file.
    fileprivate var fileRank: Int {
        switch self {
        case .int64: 0
        case .float32: 1
        case .int32: 2
        case .bfloat16: 3
        case .uint8: 4
        case .bool: 5
        }
    }
}

/// The element types of the format that this library reads.
private enum ElementType: String {
    case float32 = "F32"
    case bfloat16 = "BF16"
    case float16 = "F16"
    case int32 = "I32"
    case int64 = "I64"
    case uint8 = "U8"
    case bool = "BOOL"

    init(_ dtype: DType) {
        switch dtype {
        case .float32: self = .float32
        case .bfloat16: self = .bfloat16
        case .int32: self = .int32
        case .int64: self = .int64
        case .uint8: self = .uint8
        case .bool: self = .bool
        }
    }

    /// The width of any type of the format that fills whole bytes.
    static func byteCount(of name: String) -> Int? {
        switch name {
        case "F64", "I64", "U64", "C64": 8
        case "F32", "I32", "U32": 4
        case "F16", "BF16", "I16", "U16": 2
        case "U8", "I8", "BOOL", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ": 1
        default: nil
        }
    }

    func tensor(_ bytes: UnsafeRawBufferPointer, shape: Shape) -> Tensor {
        switch self {
        case .float32: Tensor(bytes: bytes, shape: shape, dtype: .float32)
        case .bfloat16: Tensor(bytes: bytes, shape: shape, dtype: .bfloat16)
        case .int32: Tensor(bytes: bytes, shape: shape, dtype: .int32)
        case .int64: Tensor(bytes: bytes, shape: shape, dtype: .int64)
        case .uint8: Tensor(bytes: bytes, shape: shape, dtype: .uint8)
        case .bool: Tensor(bytes.map { $0 != 0 }, shape: shape)
        case .float16:
            Tensor(
                (0..<shape.elementCount).map { index in
                    HalfBits.decode(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
                }, shape: shape)
        }
    }
}

/// IEEE half precision, decoded by hand because `Float16` is not available on every platform.
private enum HalfBits {
    static func decode(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10) & 0x1f
        let mantissa = Float(bits & 0x3ff)
        switch exponent {
        case 0: return sign * mantissa * 0x1p-24
        case 31: return mantissa == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + mantissa / 1024)
        }
    }
}
