/// Reads Python pickles without executing them.
///
/// A pickle is a program for a stack machine; this machine has no instruction that imports or calls. Names of classes and
/// functions stay names, calls stay names with arguments where the caller expects them, and become ``Pickle/Object/opaque(_:)``
/// otherwise. An instruction outside of the caller's list ends the reading, as do the limits of memory.
package struct PickleReader {
    private let bytes: UnsafeRawBufferPointer
    private let opcodes: Set<PickleOpcode>
    private let globals: Set<PickleGlobal>
    private let records: String?
    private let limits: PickleLimits
    private var position = 0
    private var stack: [Pickle.Value] = []
    /// The heights of the stack at which marks stand.
    private var marks: [Int] = []
    private var memo: [Int: Pickle.Value] = [:]
    private var objects: [Pickle.Object] = []

    /// Reads the first pickle in `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: the pickle; what follows it is not looked at.
    ///   - opcodes: the instructions that may occur.
    ///   - globals: the classes and functions that the caller understands.
    ///   - limits: how much memory it may ask for.
    /// - Throws: ``PickleError`` with the place of the first problem.
    package static func read(
        _ bytes: [UInt8], opcodes: Set<PickleOpcode>, globals: Set<PickleGlobal> = [], limits: PickleLimits = PickleLimits()
    ) throws(PickleError) -> Pickle {
        // The closure of arrays throws errors of any type.
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(PickleError) in try read(bytes, opcodes: opcodes, globals: globals, limits: limits) }
        }.get()
    }

    /// ``read(_:opcodes:globals:limits:)`` in memory that lies elsewhere; the bytes need to be there during the call alone.
    ///
    /// - Parameter records: the beginning of the names of modules whose classes are understood, too: what they are made of is kept.
    static func read(
        _ bytes: UnsafeRawBufferPointer, opcodes: Set<PickleOpcode>, globals: Set<PickleGlobal>, records: String? = nil,
        limits: PickleLimits
    ) throws(PickleError) -> Pickle {
        var reader = PickleReader(bytes: bytes, opcodes: opcodes, globals: globals, records: records, limits: limits)
        return try reader.run()
    }

    private init(
        bytes: UnsafeRawBufferPointer, opcodes: Set<PickleOpcode>, globals: Set<PickleGlobal>, records: String?,
        limits: PickleLimits
    ) {
        self.bytes = bytes
        self.opcodes = opcodes
        self.globals = globals
        self.records = records
        self.limits = limits
    }

    private mutating func run() throws(PickleError) -> Pickle {
        while true {
            let code = UInt8(try integer(1))
            guard let opcode = PickleOpcode(rawValue: code), opcodes.contains(opcode) else {
                throw problem("the pickle opcode \(code)")
            }
            if opcode == .stop { return Pickle(root: try pop(), objects: objects, byteCount: position) }
            try execute(opcode)
        }
    }

    private mutating func execute(_ opcode: PickleOpcode) throws(PickleError) {
        switch opcode {
        case .stop: break
        case .proto: _ = try integer(1)
        case .frame: _ = try raw(8)
        case .mark: try mark()
        case .pop: try drop()
        case .none, .newTrue, .newFalse, .binInt, .binInt1, .binInt2, .long1, .binFloat: try push(number(opcode))
        case .shortBinUnicode: try push(.text(text(integer(1))))
        case .binUnicode: try push(.text(text(integer(4))))
        case .shortBinBytes, .shortBinString: try push(.bytes(Array(raw(integer(1)))))
        case .binBytes, .binString: try push(.bytes(Array(raw(integer(4)))))
        case .emptyList, .emptySet: try make(.list([]))
        case .emptyTuple: try make(.tuple([]))
        case .emptyDictionary: try make(.dictionary([]))
        case .append: try extend([try pop()])
        case .appends, .addItems: try extend(popToMark())
        case .tuple: try make(.tuple(popToMark()))
        case .tuple1: try make(.tuple(pop(1)))
        case .tuple2: try make(.tuple(pop(2)))
        case .tuple3: try make(.tuple(pop(3)))
        case .setItem: try setItems(pop(2))
        case .setItems: try setItems(popToMark())
        case .binPut: try remember(integer(1))
        case .longBinPut: try remember(integer(4))
        case .memoize: try remember(memo.count)
        case .binGet: try recall(integer(1))
        case .longBinGet: try recall(integer(4))
        case .global: try name(module: line(), line())
        case .stackGlobal: try stackGlobal()
        case .reduce, .newObject: try call()
        case .build: try build()
        case .binPersistentID: try make(.persistent(pop()))
        }
    }

    private func problem(_ found: String) -> PickleError { PickleError(position: position, found: found) }
}

/// Scalars.
extension PickleReader {
    private mutating func raw(_ count: Int) throws(PickleError) -> Slice<UnsafeRawBufferPointer> {
        guard count >= 0, bytes.count - position >= count else { throw problem("a file that ends too early") }
        guard count <= limits.text else { throw problem("a text of \(count) bytes") }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    /// A little-endian number without sign, of fewer than 8 bytes.
    private mutating func integer(_ count: Int) throws(PickleError) -> Int {
        try raw(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func text(_ count: Int) throws(PickleError) -> String {
        guard let text = String(validating: try raw(count), as: UTF8.self) else { throw problem("a name that is no text") }
        return text
    }

    private mutating func line() throws(PickleError) -> String {
        guard let end = bytes[position...].prefix(4096).firstIndex(of: 0x0A) else { throw problem("a name without an end") }
        let name = try text(end - position)
        position += 1
        return name
    }

    private mutating func number(_ opcode: PickleOpcode) throws(PickleError) -> Pickle.Value {
        switch opcode {
        case .newTrue: return .bool(true)
        case .newFalse: return .bool(false)
        case .binInt: return .integer(Int(Int32(truncatingIfNeeded: try integer(4))))
        case .binInt1: return .integer(try integer(1))
        case .binInt2: return .integer(try integer(2))
        case .long1:
            let digits = try raw(try integer(1))
            guard digits.count <= 8 else { throw problem("a number of \(digits.count) bytes") }
            let negative = (digits.last ?? 0) >= 0x80
            return .integer(digits.reversed().reduce(negative ? -1 : 0) { $0 << 8 | Int($1) })
        case .binFloat:
            let bits = try raw(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return .real(Double(bitPattern: bits))
        default: return .none
        }
    }
}

/// The stack and the memo.
extension PickleReader {
    private mutating func push(_ value: Pickle.Value) throws(PickleError) {
        guard stack.count < limits.stack else { throw problem("more than \(limits.stack) values on the stack") }
        stack.append(value)
    }

    private mutating func pop() throws(PickleError) -> Pickle.Value {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw problem("a pickle of another shape") }
        return value
    }

    private mutating func pop(_ count: Int) throws(PickleError) -> [Pickle.Value] {
        guard stack.count >= (marks.last ?? 0) + count else { throw problem("a pickle of another shape") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    /// Everything above the last mark, which is removed with it.
    private mutating func popToMark() throws(PickleError) -> [Pickle.Value] {
        guard let height = marks.popLast() else { throw problem("a pickle without a mark") }
        defer { stack.removeLast(stack.count - height) }
        return Array(stack[height...])
    }

    private mutating func mark() throws(PickleError) {
        guard marks.count < limits.marks else { throw problem("more than \(limits.marks) nested marks") }
        marks.append(stack.count)
    }

    private mutating func drop() throws(PickleError) {
        if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
    }

    private mutating func remember(_ key: Int) throws(PickleError) {
        guard stack.count > (marks.last ?? 0), let value = stack.last else { throw problem("a pickle of another shape") }
        guard memo.count < limits.memo else { throw problem("more than \(limits.memo) remembered values") }
        memo[key] = value
    }

    private mutating func recall(_ key: Int) throws(PickleError) {
        guard let value = memo[key] else { throw problem("a reference to something that is not there") }
        try push(value)
    }

    private mutating func make(_ object: Pickle.Object) throws(PickleError) {
        guard objects.count < limits.objects else { throw problem("more than \(limits.objects) objects") }
        objects.append(object)
        try push(.object(objects.count - 1))
    }
}

/// Objects.
extension PickleReader {
    /// The number of the object on top of the stack, which stays there.
    private func top() throws(PickleError) -> Int {
        guard stack.count > (marks.last ?? 0), case .object(let index)? = stack.last else {
            throw problem("a pickle of another shape")
        }
        return index
    }

    private mutating func extend(_ values: [Pickle.Value]) throws(PickleError) {
        let index = try top()
        switch objects[index] {
        case .list(var list):
            // Taken out first, so that it grows in place.
            objects[index] = .list([])
            list += values
            objects[index] = .list(list)
        case .opaque: break
        default: throw problem("a pickle of another shape")
        }
    }

    private mutating func setItems(_ values: [Pickle.Value]) throws(PickleError) {
        guard values.count % 2 == 0 else { throw problem("a pickle of another shape") }
        let index = try top()
        let pairs = stride(from: 0, to: values.count, by: 2).map { Pickle.Pair(key: values[$0], value: values[$0 + 1]) }
        switch objects[index] {
        case .dictionary(var dictionary):
            objects[index] = .dictionary([])
            dictionary += pairs
            objects[index] = .dictionary(dictionary)
        case .call(let global, let arguments, var items, let state):
            // Classes of dictionaries (OrderedDict) are called first and filled after.
            objects[index] = .list([])
            items += pairs
            objects[index] = .call(global, arguments: arguments, items: items, state: state)
        case .opaque: break
        default: throw problem("a pickle of another shape")
        }
    }

    private mutating func name(module: String, _ name: String) throws(PickleError) {
        let global = PickleGlobal(module, name)
        let isKnown = globals.contains(global) || records.map { module.hasPrefix($0) } == true
        try make(isKnown ? .global(global) : .opaque(global))
    }

    private mutating func stackGlobal() throws(PickleError) {
        let parts = try pop(2)
        guard case .text(let module) = parts[0], case .text(let name) = parts[1] else {
            throw problem("a name that is no text")
        }
        try self.name(module: module, name)
    }

    private mutating func call() throws(PickleError) {
        let parts = try pop(2)
        guard case .object(let callee) = parts[0], case .object(let list) = parts[1], case .tuple(let arguments) = objects[list]
        else { throw problem("a pickle of another shape") }
        switch objects[callee] {
        case .global(let global): try make(.call(global, arguments: arguments, items: [], state: .none))
        case .opaque(let global): try make(.opaque(global))
        default: throw problem("a call of something that is no name")
        }
    }

    private mutating func build() throws(PickleError) {
        let state = try pop()
        let index = try top()
        switch objects[index] {
        case .call(let global, let arguments, let items, .none):
            objects[index] = .call(global, arguments: arguments, items: items, state: state)
        case .opaque: break
        default: throw problem("a pickle of another shape")
        }
    }
}
