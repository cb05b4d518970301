/// Reads what a pickle of PyTorch says: dictionaries, modules of TorchScript, tensors. Everything else has a name at most.
struct TorchObjects {
    let pickle: Pickle

    /// The modules of TorchScript programs, whose instances are records of attributes.
    static let records = "__torch__"

    /// What pickles of tensors name.
    static let globals: Set<PickleGlobal> = {
        var all: Set<PickleGlobal> = [
            PickleGlobal("collections", "OrderedDict"), PickleGlobal("collections", "defaultdict"),
            PickleGlobal("collections", "Counter"), PickleGlobal("torch", "UntypedStorage"),
            PickleGlobal("torch.storage", "UntypedStorage"), PickleGlobal("torch.storage", "_UntypedStorage"),
        ]
        for name in rebuilders { all.insert(PickleGlobal("torch._utils", name)) }
        for name in TorchElement.classes.keys { all.insert(PickleGlobal("torch", name)) }
        for name in TorchElement.types.keys { all.insert(PickleGlobal("torch", name)) }
        return all
    }()
    private static let rebuilders = [
        "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter", "_rebuild_parameter_with_state",
    ]

    /// Limits for a pickle of so many bytes: a dictionary of tensors needs far more bytes an object.
    static func limits(of byteCount: Int) -> PickleLimits {
        var limits = PickleLimits()
        limits.objects = min(1 << 20, 4096 + byteCount / 4)
        limits.memo = limits.objects
        limits.stack = min(1 << 19, 4096 + byteCount / 2)
        return limits
    }

    /// The members of a dictionary, or the attributes of a module, whose names are texts or whole numbers; nil for anything else.
    func members(of value: Pickle.Value) -> [(name: String, value: Pickle.Value)]? {
        switch pickle.object(value) {
        case .dictionary(let pairs)?: return named(pairs)
        case .call(let global, let arguments, let items, let state)?:
            if global.module.hasPrefix(Self.records) { return pickle.object(state).flatMap(named) }
            guard global.module == "collections" else { return nil }
            return named(arguments.flatMap(pairs) + items)
        default: return nil
        }
    }

    /// Whether a value is a module of a TorchScript program, whose attributes all belong to it.
    func isRecord(_ value: Pickle.Value) -> Bool {
        guard case .call(let global, _, _, _)? = pickle.object(value) else { return false }
        return global.module.hasPrefix(Self.records)
    }

    private func named(_ object: Pickle.Object) -> [(name: String, value: Pickle.Value)]? {
        guard case .dictionary(let pairs) = object else { return nil }
        return named(pairs)
    }

    private func named(_ pairs: [Pickle.Pair]) -> [(name: String, value: Pickle.Value)] {
        pairs.compactMap { pair in Self.text(pair.key).map { ($0, pair.value) } }
    }

    /// Pairs that a dictionary's class is called with: a list of tuples.
    private func pairs(_ argument: Pickle.Value) -> [Pickle.Pair] {
        guard case .list(let rows)? = pickle.object(argument) else { return [] }
        return rows.compactMap { row in
            switch pickle.object(row) {
            case .tuple(let parts)? where parts.count == 2, .list(let parts)? where parts.count == 2:
                Pickle.Pair(key: parts[0], value: parts[1])
            default: nil
            }
        }
    }

    private static func text(_ value: Pickle.Value) -> String? {
        switch value {
        case .text(let text): text
        case .integer(let number): String(number)
        // Texts of Python 2.
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// What a value is, in words.
    func words(for value: Pickle.Value) -> String {
        switch value {
        case .none: return "nothing"
        case .bool, .integer, .real: return "a number"
        case .text, .bytes: return "a text"
        case .object: break
        }
        switch pickle.object(value) {
        case .list?: return "a list"
        case .tuple?: return "a tuple"
        case .dictionary?: return "a dictionary"
        case .global(let global)?, .opaque(let global)?: return "\(global.description.prefix(200))"
        case .call(let global, _, _, _)?:
            return global.module == "collections" ? "a dictionary" : "\(global.description.prefix(200))"
        default: return "something else"
        }
    }
}

/// Tensors and storages.
extension TorchObjects {
    /// Why a tensor of a pickle makes no sense.
    struct Failure: Error {
        var reason: String
    }

    /// Whether a value is a tensor, sound or not.
    func isTensor(_ value: Pickle.Value) -> Bool {
        guard case .call(let global, _, _, _)? = pickle.object(value) else { return false }
        return global.module == "torch._utils"
    }

    /// What a pickle says of a tensor.
    func tensor(_ value: Pickle.Value, depth: Int = 0) throws(Failure) -> TorchTensor {
        guard depth < 8, case .call(let global, let arguments, _, _)? = pickle.object(value), let first = arguments.first else {
            throw Failure(reason: "no tensor that can be understood")
        }
        if global.name.hasPrefix("_rebuild_parameter") { return try tensor(first, depth: depth + 1) }
        guard arguments.count >= 4, case .integer(let offset) = arguments[1], let extents = integers(arguments[2]),
            let strides = integers(arguments[3])
        else { throw Failure(reason: "a tensor without place, shape or strides") }
        let storage = try storage(first)
        var (type, typeName) = (storage.element.type, storage.element.name)
        if global.name == "_rebuild_tensor_v3" {
            guard arguments.count >= 7, let name = nameOfType(arguments[6]) else {
                throw Failure(reason: "a tensor without a type")
            }
            (type, typeName) = (TorchElement.types[name], name)
        }
        let metadata = global.name == "_rebuild_tensor_v2" ? 6 : 7
        if arguments.count > metadata, members(of: arguments[metadata])?.contains(where: { $0.value == .bool(true) }) == true {
            (type, typeName) = (nil, "a conjugated or negated view")
        }
        return TorchTensor(
            storage: storage, offset: offset, extents: extents, strides: strides, type: type, typeName: typeName)
    }

    private func nameOfType(_ value: Pickle.Value) -> String? {
        switch pickle.object(value) {
        case .global(let global)?, .opaque(let global)?: global.module == "torch" ? global.name : nil
        default: nil
        }
    }

    private func integers(_ value: Pickle.Value) -> [Int]? {
        guard case .tuple(let parts)? = pickle.object(value) else { return nil }
        var numbers: [Int] = []
        for part in parts {
            guard case .integer(let number) = part else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// `("storage", class, key, device, count)`, and before 1.6 a part of it as a sixth member: `(key, offset, count)`.
    func storage(_ value: Pickle.Value) throws(Failure) -> TorchStorage {
        guard case .persistent(let reference)? = pickle.object(value), case .tuple(let parts)? = pickle.object(reference),
            parts.count >= 5, parts[0] == .text("storage") || parts[0] == .bytes(Array("storage".utf8)),
            case .global(let kind)? = pickle.object(parts[1]), let key = Self.text(parts[2]), case .integer(let count) = parts[4],
            count >= 0, count < 1 << 47
        else { throw Failure(reason: "a tensor without a storage") }
        let isUntyped = kind.name.hasSuffix("UntypedStorage")
        guard let element = isUntyped ? .untyped : TorchElement.classes[kind.name] else {
            throw Failure(reason: "a storage of the class \(kind)")
        }
        var storage = TorchStorage(key: key, element: element, total: count, part: 0..<count)
        guard parts.count > 5, case .tuple(let view)? = pickle.object(parts[5]) else { return storage }
        guard view.count == 3, case .integer(let start) = view[1], case .integer(let size) = view[2], start >= 0, size >= 0,
            start <= count, size <= count - start
        else { throw Failure(reason: "a part of a storage that leaves it") }
        storage.part = start..<(start + size)
        return storage
    }
}
