/// Runs a part of a model without keeping its activations; the backward pass runs it again (gradient checkpointing).
///
/// Memory falls from the activations of `body` to its inputs and output, at the price of one more forward run. `body`
/// must compute the same values when it is run again: randomness inside it must come from its inputs.
///
/// - Parameters:
///   - inputs: every tensor with a graph that `body` uses. Parameters need no mention.
///   - body: receives `inputs` in order.
public func checkpointed(_ inputs: [Tensor], _ body: @escaping @Sendable ([Tensor]) -> Tensor) -> Tensor {
    let constants = inputs.map { $0.detached() }
    let output = withoutGradients { body(constants) }
    guard GradientMode.isRecording else { return output }
    let wanted = inputs.map(\.requiresGradient)
    let node = Node(
        inputs: inputs.map(\.node),
        pullback: .replay { gradient in
            GradientMode.$isRecording.withValue(true) {
                let leaves = zip(constants, wanted).map { $1 ? $0.requiringGradient() : $0 }
                var gradients = body(leaves).gradients(seed: gradient)
                let inputGradients = leaves.map { gradients.remove($0) }
                let rest = gradients.leaves.compactMap { leaf in
                    gradients.byLeaf[ObjectIdentifier(leaf)].map { (leaf, $0) }
                }
                return (inputGradients, rest)
            }
        })
    return Tensor(buffer: output.buffer, node: node)
}

extension Gradients {
    /// Takes the gradient of a leaf out of the set.
    fileprivate mutating func remove(_ leaf: Tensor) -> Tensor? {
        guard let node = leaf.node else { return nil }
        let key = ObjectIdentifier(node)
        leaves.removeAll { $0 === node }
        return byLeaf.removeValue(forKey: key)
    }
}
