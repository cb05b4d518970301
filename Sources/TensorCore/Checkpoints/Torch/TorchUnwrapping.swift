/// Finds the tensors in what `torch.save` was given, which may be a dictionary of them or one around it.
///
/// The rule: a dictionary that holds a tensor itself is the state. Of any other, the first of ``wrappers`` that holds
/// tensors is gone into, or else the only member that does; and so on from there. A module of a TorchScript program is the state as a whole.
/// What is nested in the state becomes one dotted name. Lists are not looked into.
struct TorchUnwrapping {
    /// Why nothing is found.
    struct Failure: Error {
        var key: String?
        var reason: String
    }

    /// Moving averages come first, which their authors evaluate; then what training scripts call a model.
    static let wrappers = [
        "state_dict_ema", "model_ema", "ema_state_dict", "params_ema", "ema", "teacher", "state_dict", "model_state_dict",
        "model_state", "model", "module", "network", "net", "weights", "params", "backbone", "encoder", "student",
    ]
    private static let deepest = 64
    private static let longestName = 4096

    private let objects: TorchObjects
    /// Members that may still be looked at: shared dictionaries cost as often as they are met.
    private var budget: Int
    private var holders: [Int: Bool] = [:]

    /// Tensors by dotted name.
    private(set) var tensors: [String: TorchTensor] = [:]
    /// The members that were gone into, outermost first.
    private(set) var path: [String] = []
    /// Members beside them that hold tensors, too.
    private(set) var left: [String] = []

    /// Finds all tensors.
    init(_ pickle: Pickle) throws(Failure) {
        objects = TorchObjects(pickle: pickle)
        let parts = pickle.objects.reduce(0) { $0 + Self.parts(of: $1) }
        budget = 4096 + 16 * (parts + pickle.objects.count)
        let state = try find(pickle.root)
        if objects.isTensor(state) {
            tensors["tensor"] = try tensor(state, "tensor")
            return
        }
        try collect(state, "", 0)
        if tensors.isEmpty { throw Failure(key: nil, reason: Self.nothing(in: state, objects)) }
    }

    private static func parts(of object: Pickle.Object) -> Int {
        switch object {
        case .list(let values), .tuple(let values): values.count
        case .dictionary(let pairs): pairs.count
        case .call(_, let arguments, let items, _): arguments.count + items.count
        default: 0
        }
    }

    private mutating func spend(_ count: Int) throws(Failure) {
        budget -= count
        guard budget >= 0 else { throw Failure(key: nil, reason: "dictionaries that refer to each other too often") }
    }

    /// Goes into wrapping dictionaries.
    private mutating func find(_ root: Pickle.Value) throws(Failure) -> Pickle.Value {
        var value = root
        while path.count < 8, !objects.isRecord(value), let members = objects.members(of: value),
            !members.contains(where: { objects.isTensor($0.value) })
        {
            try spend(members.count)
            var holding: [(name: String, value: Pickle.Value)] = []
            for member in members where try holdsTensors(member.value, 0) { holding.append(member) }
            let known = Self.wrappers.lazy.compactMap { name in holding.last { $0.name == name } }.first
            guard let next = known ?? (holding.count == 1 ? holding.first : nil) else { break }
            left += holding.map(\.name).filter { $0 != next.name }
            path.append(next.name)
            value = next.value
        }
        return value
    }

    private mutating func holdsTensors(_ value: Pickle.Value, _ depth: Int) throws(Failure) -> Bool {
        guard case .object(let number) = value, depth < Self.deepest else { return false }
        if let known = holders[number] { return known }
        if objects.isTensor(value) { return true }
        guard let members = objects.members(of: value) else { return false }
        try spend(members.count)
        // What contains itself holds nothing by that.
        holders[number] = false
        for member in members where try holdsTensors(member.value, depth + 1) {
            holders[number] = true
            return true
        }
        return false
    }

    private mutating func collect(_ value: Pickle.Value, _ prefix: String, _ depth: Int) throws(Failure) {
        guard let members = objects.members(of: value) else { return }
        guard depth < Self.deepest else {
            throw Failure(key: prefix, reason: "more than \(Self.deepest) dictionaries in each other")
        }
        try spend(members.count)
        for member in members {
            let isTensor = objects.isTensor(member.value)
            if !isTensor, try !holdsTensors(member.value, depth) { continue }
            let name = prefix.isEmpty ? member.name : "\(prefix).\(member.name)"
            guard name.utf8.count <= Self.longestName else {
                throw Failure(key: String(name.prefix(100)), reason: "a name of \(name.utf8.count) bytes")
            }
            if isTensor {
                try spend(4)
                tensors[name] = try tensor(member.value, name)
            } else {
                try collect(member.value, name, depth + 1)
            }
        }
    }

    private func tensor(_ value: Pickle.Value, _ name: String) throws(Failure) -> TorchTensor {
        do throws(TorchObjects.Failure) {
            return try objects.tensor(value)
        } catch {
            throw Failure(key: name, reason: error.reason)
        }
    }

    /// What is there instead of tensors.
    private static func nothing(in state: Pickle.Value, _ objects: TorchObjects) -> String {
        guard let members = objects.members(of: state) else {
            let words = objects.words(for: state)
            let advice =
                words.contains(".") ? "; save the model's state_dict() where it was made, which needs no code to be read" : ""
            return "it holds no tensors but \(words)" + advice
        }
        guard let first = members.first else { return "it holds no tensors: the dictionary is empty" }
        return
            "it holds no tensors: \"\(first.name.prefix(100))\" is \(objects.words(for: first.value)), of \(members.count) members"
    }
}
