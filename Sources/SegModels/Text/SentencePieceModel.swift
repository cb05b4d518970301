internal import Foundation

/// A model of SentencePiece (Kudo and Richardson 2018) as its files hold it: pieces with scores, and how texts are normalised.
struct SentencePieceModel {
    /// A piece.
    struct Piece {
        var bytes: [UInt8] = []
        var score: Float = 0
        var kind = Kind.normal.rawValue
    }

    /// What a piece is for.
    enum Kind: Int {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    private(set) var pieces: [Piece] = []
    private(set) var unknown = 0
    private(set) var charsmap: ArraySlice<UInt8> = []
    private var type = 1
    private var addsPrefix = true
    private var removesSpaces = true
    private var escapesSpaces = true

    /// Reads a file's bytes.
    ///
    /// - Throws: ``TokenizerError/file(_:reason:)`` for bytes that are no model, and for models that are not read.
    init(_ bytes: [UInt8], source: String) throws(TokenizerError) {
        do throws(ProtobufFields.Failure) {
            for field in try ProtobufFields(bytes[...]).all {
                switch field.number {
                case 1: pieces.append(try Self.piece(field.bytes))
                case 2: try readTrainer(field.bytes)
                case 3: try readNormalizer(field.bytes)
                default: continue
                }
            }
        } catch {
            throw .file(source, reason: "is no SentencePiece model: \(error.reason)")
        }
        func check(_ holds: Bool, _ found: String, _ expected: String) throws(TokenizerError) {
            if !holds { throw .file(source, reason: "found \(found), expected \(expected)") }
        }
        try check(!pieces.isEmpty, "no pieces", "a SentencePiece model")
        try check(type == 1, "a model of type \(type)", "a unigram model, type 1")
        try check(pieces.indices.contains(unknown), "unknown piece \(unknown) of \(pieces.count)", "one of them")
        try check(
            addsPrefix && removesSpaces && escapesSpaces, "another treatment of spaces",
            "a prefix, no runs of spaces, and spaces as U+2581")
        let strange = pieces.first { $0.kind == Kind.userDefined.rawValue || $0.kind == Kind.byte.rawValue }
        try check(strange == nil, "pieces of users or of bytes", "pieces of texts only, as T5 has them")
        try check(pieces.allSatisfy { $0.score.isFinite }, "a score that is no number", "finite scores")
    }

    private static func piece(_ bytes: ArraySlice<UInt8>) throws(ProtobufFields.Failure) -> Piece {
        var piece = Piece()
        for field in try ProtobufFields(bytes).all {
            switch field.number {
            case 1: piece.bytes = Array(field.bytes)
            case 2: piece.score = Float(bitPattern: UInt32(truncatingIfNeeded: field.value))
            case 3: piece.kind = Int(truncatingIfNeeded: field.value)
            default: continue
            }
        }
        return piece
    }

    private mutating func readTrainer(_ bytes: ArraySlice<UInt8>) throws(ProtobufFields.Failure) {
        for field in try ProtobufFields(bytes).all {
            if field.number == 3 { type = Int(truncatingIfNeeded: field.value) }
            if field.number == 40 { unknown = Int(truncatingIfNeeded: field.value) }
        }
    }

    private mutating func readNormalizer(_ bytes: ArraySlice<UInt8>) throws(ProtobufFields.Failure) {
        for field in try ProtobufFields(bytes).all {
            switch field.number {
            case 2: charsmap = field.bytes
            case 3: addsPrefix = field.value != 0
            case 4: removesSpaces = field.value != 0
            case 5: escapesSpaces = field.value != 0
            default: continue
            }
        }
    }
}

/// The fields of one message in Protocol Buffers' wire format.
struct ProtobufFields {
    /// Why bytes are no message.
    struct Failure: Error {
        var reason: String
    }

    /// A field: a number, or bytes.
    struct Field {
        var number: Int
        var value: UInt64 = 0
        var bytes: ArraySlice<UInt8> = []
    }

    /// In the order of the bytes.
    private(set) var all: [Field] = []

    init(_ message: ArraySlice<UInt8>) throws(Failure) {
        var rest = message
        while !rest.isEmpty {
            let key = try Self.number(&rest)
            guard key >> 3 > 0, key >> 3 < 1 << 29 else { throw Failure(reason: "a field without a number") }
            var field = Field(number: Int(key >> 3))
            switch key & 7 {
            case 0: field.value = try Self.number(&rest)
            case 1: field.value = try Self.fixed(&rest, 8)
            case 2:
                let count = try Self.number(&rest)
                guard count <= UInt64(rest.count) else { throw Failure(reason: "a field longer than the file") }
                field.bytes = rest.prefix(Int(count))
                rest = rest.dropFirst(Int(count))
            case 5: field.value = try Self.fixed(&rest, 4)
            default: throw Failure(reason: "a field of type \(key & 7)")
            }
            all.append(field)
        }
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { break }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw Failure(reason: "a number that does not end")
    }

    private static func fixed(_ rest: inout ArraySlice<UInt8>, _ count: Int) throws(Failure) -> UInt64 {
        guard rest.count >= count else { throw Failure(reason: "it ends within a number") }
        let value = rest.prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(count)
        return value
    }
}
