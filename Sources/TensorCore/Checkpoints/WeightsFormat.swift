/// What a file is by its first bytes, where it was given as weights and is no safetensors file: a name for people, and the way
/// to a file that can be read.
public struct WeightsFormat: Sendable, Hashable {
    /// What the file is, "a Git LFS pointer".
    public var name: String
    /// The next step for the user.
    public var advice: String
    /// The format, where ``Checkpoint`` reads it.
    public var kind: CheckpointFormat?

    /// Recognises a file; nil for what may be safetensors, whole or damaged.
    ///
    /// - Parameters:
    ///   - bytes: the whole file, of which the beginning and, in archives, the table at the end are looked at.
    ///   - file: its name or path; endings decide only where a format has no mark of its own.
    public init?(_ bytes: UnsafeRawBufferPointer, file: String) {
        if bytes.isEmpty {
            self = Self("an empty file", "the download or the copy did not finish: fetch the file again")
        } else if Self.mayBeSafetensors(bytes) {
            return nil
        } else if let format = Self.marked(bytes) ?? Self.text(bytes) ?? Self.protocolBuffer(bytes, file) ?? Self.ending(file) {
            self = format
        } else {
            return nil
        }
    }

    private init(_ name: String, _ advice: String) {
        self.name = name
        self.advice = advice
    }

    /// A format that is read where any checkpoint may be given, but not where only safetensors is.
    private init(_ kind: CheckpointFormat, _ advice: String) {
        self.init(kind.name, "`fss weights convert` makes one of it, or \(advice)")
        self.kind = kind
    }

    /// A header of a length that the file can have, beginning with the brace of an object.
    private static func mayBeSafetensors(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 9, bytes[8] == UInt8(ascii: "{") else { return false }
        return UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) <= UInt64(Safetensors.maximumHeader)
    }

    private static func save(_ loading: String) -> String {
        "load it there and save its tensors as safetensors: \(loading)"
    }

    private static let torch = save("safetensors.torch.save_file(torch.load(PATH, weights_only=True), \"weights.safetensors\")")
    private static let numpy = save("safetensors.numpy.save_file({name: array, ...}, \"weights.safetensors\")")
    private static let unpack = "unpack it and give the safetensors file inside"
    private static let other = "give the file of the weights instead"

    /// The marks at fixed places.
    private static let marks: [(place: Int, mark: [UInt8], format: WeightsFormat)] = [
        (0, [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9], Self(.torchStream, torch)),
        (0, [0x80, 0x02], Self("a Python pickle, as PyTorch writes", torch)),
        (0, [0x80, 0x03], Self("a Python pickle", torch)), (0, [0x80, 0x04], Self("a Python pickle", torch)),
        (0, [0x80, 0x05], Self("a Python pickle", torch)),
        (0, [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a], Self("an HDF5 file, as Keras writes", numpy)),
        (0, [0x93] + Array("NUMPY".utf8), Self(.npy, numpy)),
        (0, Array("GGUF".utf8), Self("a GGUF file of llama.cpp", save("gguf.GGUFReader(PATH).tensors"))),
        (0, Array("ggjt".utf8), Self("a GGML file of llama.cpp", "look for the model in safetensors")),
        (4, Array("TFL3".utf8), Self("a TensorFlow Lite model", "look for the model that it was made from")),
        (0, Array("MATLAB 5.0 MAT-file".utf8), Self("a MATLAB file", save("scipy.io.loadmat(PATH)"))),
        (0, [0x1f, 0x8b], Self("a gzip archive", unpack)), (0, [0x28, 0xb5, 0x2f, 0xfd], Self("a Zstandard archive", unpack)),
        (0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], Self("an xz archive", unpack)),
        (0, Array("BZh".utf8), Self("a bzip2 archive", unpack)), (0, [0x37, 0x7a, 0xbc, 0xaf], Self("a 7z archive", unpack)),
        (0, Array("Rar!".utf8), Self("a RAR archive", unpack)), (257, Array("ustar".utf8), Self("a tar archive", unpack)),
        (0, [0x89, 0x50, 0x4e, 0x47], Self("a PNG picture", other)), (0, [0xff, 0xd8, 0xff], Self("a JPEG picture", other)),
        (0, Array("%PDF".utf8), Self("a PDF document", other)), (0, [0x7f] + Array("ELF".utf8), Self("a program", other)),
    ]

    private static func marked(_ bytes: UnsafeRawBufferPointer) -> WeightsFormat? {
        if let names = ZipNames.of(bytes) { return archive(names) }
        return marks.first { ZipNames.matches(bytes, $0.mark, at: $0.place) }?.format
    }

    /// A zip by the names in it.
    static func archive(_ names: [String]) -> WeightsFormat {
        func holds(_ ending: String) -> Bool { names.contains { $0 == ending || $0.hasSuffix("/" + ending) } }
        if names.contains(where: { $0.contains("/code/") }) || holds("constants.pkl") {
            return Self(.torchScript, save("torch.jit.load(PATH).state_dict()"))
        }
        if holds("data.pkl") { return Self(.torch, torch) }
        if holds("model.weights.h5") { return Self("a Keras model", numpy) }
        if names.contains(where: { $0.hasSuffix(".npy") }) { return Self(.npz, numpy) }
        return Self("a zip archive", unpack)
    }

    /// A pointer that Git LFS keeps in place of a large file.
    static let pointer = Self(
        "a Git LFS pointer in place of the file", "fetch the file: `git lfs pull`, or download it from its page")
    /// A web page, XML included.
    static let page = Self(
        "a web page in place of the file",
        "open its address in a browser, log in or accept its terms where it asks to, and download the file itself")

    /// Texts: pointers, pages, JSON.
    private static func text(_ bytes: UnsafeRawBufferPointer) -> WeightsFormat? {
        let first = bytes.prefix(512)
        guard first.allSatisfy({ $0 >= 0x20 || $0 == 0x09 || $0 == 0x0a || $0 == 0x0d }),
            // A character may be cut at the end.
            let text = (0...3).lazy.compactMap({ String(validating: first.dropLast($0), as: UTF8.self) }).first
        else { return nil }
        let start = text.drop { $0.isWhitespace || $0 == "\u{feff}" }.lowercased()
        if start.hasPrefix("version https://git-lfs") || start.hasPrefix("version https://hawser") {
            return pointer
        }
        if start.hasPrefix("<") { return page }
        if start.hasPrefix("model_checkpoint_path") { return tensorFlow }
        if start.hasPrefix("{") || start.hasPrefix("[") {
            return Self("a JSON text", "give the safetensors file itself, or the index of its shards (*.index.json)")
        }
        // A few bytes that happen to be characters may be what is left of a safetensors file.
        guard bytes.count > 8, let line = text.split(whereSeparator: \.isNewline).first.map({ String($0.prefix(60)) }) else {
            return nil
        }
        return Self("a text that begins \"\(line)\"", "fetch the file of the weights again")
    }

    private static let tensorFlow = Self(
        "a TensorFlow checkpoint or model", save("tf.train.load_checkpoint(FOLDER), tf.saved_model.load(FOLDER)"))
    private static let onnx = Self(
        "an ONNX model", save("onnx.numpy_helper.to_array(t) for t in onnx.load(PATH).graph.initializer"))

    /// ONNX and TensorFlow's models: messages that begin with a small number in field 1 and go on with a field that theirs have.
    private static func protocolBuffer(_ bytes: UnsafeRawBufferPointer, _ file: String) -> WeightsFormat? {
        guard bytes.count > 3, bytes[0] == 0x08, (1...0x20).contains(bytes[1]), [0x12, 0x1a, 0x22, 0x3a, 0x42].contains(bytes[2])
        else { return nil }
        return file.lowercased().hasSuffix(".pb") || bytes[1] < 3 ? tensorFlow : onnx
    }

    private static func ending(_ file: String) -> WeightsFormat? {
        let file = file.lowercased()
        if file.hasSuffix(".onnx") { return onnx }
        if file.hasSuffix(".pb") || file.hasSuffix(".ckpt.index") || file.contains(".data-0000") { return tensorFlow }
        if file.hasSuffix(".caffemodel") { return Self("a Caffe model", numpy) }
        if file.hasSuffix(".msgpack") { return Self("a Flax file", save("flax.serialization.msgpack_restore(BYTES)")) }
        if file.hasSuffix(".pth") || file.hasSuffix(".pt") {
            return Self("no safetensors file, but PyTorch's by its name", torch)
        }
        return nil
    }
}

/// The names in a zip archive.
private enum ZipNames {
    private static let most = 4096

    /// Nil for anything else. Names come from the table at the end; of an archive that is cut short only the first is known.
    static func of(_ bytes: UnsafeRawBufferPointer) -> [String]? {
        guard matches(bytes, [0x50, 0x4b], at: 0), bytes.count >= 4, [3, 5].contains(bytes[2]), bytes[3] == bytes[2] + 1 else {
            return nil
        }
        return directory(bytes) ?? name(bytes, at: 30, count: number(bytes, at: 26, width: 2) ?? 0).map { [$0] } ?? []
    }

    static func matches(_ bytes: UnsafeRawBufferPointer, _ mark: [UInt8], at place: Int) -> Bool {
        bytes.count >= place + mark.count && mark.indices.allSatisfy { bytes[place + $0] == mark[$0] }
    }

    /// The table that the record at the end tells the place of.
    private static func directory(_ bytes: UnsafeRawBufferPointer) -> [String]? {
        let earliest = max(0, bytes.count - 22 - 65535)
        guard bytes.count >= 22,
            let end = (earliest...(bytes.count - 22)).last(where: { matches(bytes, [0x50, 0x4b, 5, 6], at: $0) }),
            var place = number(bytes, at: end + 16, width: 4)
        else { return nil }
        var names: [String] = []
        while names.count < most, matches(bytes, [0x50, 0x4b, 1, 2], at: place),
            let count = number(bytes, at: place + 28, width: 2), let extra = number(bytes, at: place + 30, width: 2),
            let comment = number(bytes, at: place + 32, width: 2), let name = name(bytes, at: place + 46, count: count)
        {
            names.append(name)
            place += 46 + count + extra + comment
        }
        return names.isEmpty ? nil : names
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, at place: Int, width: Int) -> Int? {
        guard place + width <= bytes.count else { return nil }
        return (0..<width).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }

    private static func name(_ bytes: UnsafeRawBufferPointer, at place: Int, count: Int) -> String? {
        guard count > 0, place + count <= bytes.count else { return nil }
        return String(decoding: bytes[place..<(place + count)], as: UTF8.self)
    }
}
