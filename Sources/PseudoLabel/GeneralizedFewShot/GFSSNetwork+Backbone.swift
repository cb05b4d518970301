public import SegModels
internal import TensorCore

extension BackboneDescription {
    /// The same network as dense labelling wants it: the ends of its last two layers as levels, and in a ResNet dilation in place of the
    /// strides after stride 8 (PSPNet's backbone). Names and shapes of the weights stay what they are.
    ///
    /// Networks of other families keep their strides and give their last two levels.
    public var forDenseLabels: BackboneDescription {
        var result = self
        guard var shape = network.shape as? ResNet, shape.blocks.count >= 2 else {
            let taps = result.taps ?? network.shape.defaultTaps
            result.taps = Array(taps.suffix(2))
            return result
        }
        let count = shape.blocks.count
        shape = shape.endingAfterLayer(count)
        if shape.dilations == nil { shape.dilations = Array([1, 1, 2, 4].prefix(count)) }
        result.network = .resNet(shape)
        result.taps = [count - 1, count].map { "layer\($0).\(shape.blocks[$0 - 1] - 1)" }
        return result
    }
}

extension GFSSNetwork {
    /// Gives the backbone the weights of a file, such as ImageNet's; what comes after its deepest level is left out.
    ///
    /// - Parameter loaded: the network of the file; its description must be the one that this network's was made from.
    /// - Throws: `CheckpointError` for tensors that do not fit.
    public func loadBackbone(_ loaded: LoadedBackbone) throws {
        try network.backbone.load(loaded.backbone.stateDict(), options: .allowsUnexpected)
    }
}
