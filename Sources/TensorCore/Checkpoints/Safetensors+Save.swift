public import Foundation

extension Safetensors {
    /// Writes tensors to a file, each in its own type: first to a temporary file beside it, flushed, then renamed, so that no
    /// reader and no crash ever sees half of it.
    public static func save(_ state: StateDict, to url: URL) throws(CheckpointError) {
        let bytes = try serialized(state)
        do throws(FileFailure) {
            try AtomicFile.write(bytes, to: url)
        } catch {
            throw .file(url.path, reason: "cannot be written: found \(error.found); \(error.advice)")
        }
    }

    /// The bytes of a file, in the order of the format's own library: by type, widest first, then by name; header padded
    /// to 8 bytes.
    ///
    /// - Precondition: no file behind the tensors has been cut short.
    public static func serialize(_ state: StateDict) -> Data {
        do throws(CheckpointError) {
            return try serialized(state)
        } catch {
            failure("Safetensors.serialize", error.description)
        }
    }

    private static func serialized(_ state: StateDict) throws(CheckpointError) -> Data {
        let entries = state.entries.sorted { a, b in
            let (rankA, rankB) = (a.dtype.fileRank, b.dtype.fileRank)
            return rankA == rankB ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8) : rankA < rankB
        }
        let (header, byteCount) = header(of: entries, metadata: state.metadata)
        var file = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
        file.reserveCapacity(8 + header.count + byteCount)
        file.append(header)
        for entry in entries {
            try state.tensor(entry.name)?.withHostBytes { file.append(contentsOf: $0) }
        }
        return file
    }

    /// The padded header, and the bytes of all tensors behind it.
    private static func header(of entries: [StateDict.Entry], metadata: [String: String]) -> (Data, byteCount: Int) {
        var fields: [String] = []
        if !metadata.isEmpty {
            let members = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            fields.append("\"__metadata__\":{\(members.joined(separator: ","))}")
        }
        var position = 0
        for entry in entries {
            let end = position + entry.shape.elementCount * entry.dtype.byteCount
            let shape = entry.shape.map(String.init).joined(separator: ",")
            let place = "\"shape\":[\(shape)],\"data_offsets\":[\(position),\(end)]"
            fields.append("\(quoted(entry.name)):{\"dtype\":\"\(entry.dtype.fileName)\",\(place)}")
            position = end
        }
        var header = Data("{\(fields.joined(separator: ","))}".utf8)
        header.append(contentsOf: [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8))
        return (header, position)
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
