internal import SegModels

extension MaskDenoiser {
    /// Refuses a backbone whose finest level is not what the denoiser was made for.
    func checkLowLevel(of backbone: any Backbone) throws(DiffUpError) {
        guard lowLevelChannels > 0, let finest = backbone.levels.first, finest.channels != lowLevelChannels else { return }
        throw .lowLevel(backbone: backbone.name, found: finest.channels, expected: lowLevelChannels)
    }
}
