import TensorCore

/// Finds parameters by reflection: the check that what a module holds is what its scope knows.
///
/// The library never reflects; tests do, so that a parameter of another scope or a forgotten part is found.
struct ParameterAudit {
    /// Every parameter that can be reached from a module's stored properties.
    private(set) var reachable: [Parameter] = []
    private var seen: Set<ObjectIdentifier> = []

    init(_ module: any Module) { visit(module) }

    /// What is wrong with `module`, or nil: parameters that it holds without having registered them below its scope, and
    /// registered ones that none of its properties leads to.
    static func problem(in module: any Module) -> String? {
        let held = ParameterAudit(module).reachable
        let registered = module.parameters
        let heldIDs = Set(held.map(ObjectIdentifier.init))
        let registeredIDs = Set(registered.map(ObjectIdentifier.init))
        let foreign = held.filter { !registeredIDs.contains(ObjectIdentifier($0)) }.map(\.path)
        let lost = registered.filter { !heldIDs.contains(ObjectIdentifier($0)) }.map(\.path)
        if foreign.isEmpty && lost.isEmpty { return nil }
        return "held but not registered below \"\(module.scope.path)\": \(foreign); registered but not held: \(lost)"
    }

    private mutating func visit(_ value: Any) {
        if let parameter = value as? Parameter {
            if seen.insert(ObjectIdentifier(parameter)).inserted { reachable.append(parameter) }
            return
        }
        if value is ParameterScope || value is Tensor { return }
        var mirror: Mirror? = Mirror(reflecting: value)
        if mirror?.displayStyle == .class, !seen.insert(ObjectIdentifier(value as AnyObject)).inserted { return }
        while let current = mirror {
            for child in current.children { visit(child.value) }
            mirror = current.superclassMirror
        }
    }
}
