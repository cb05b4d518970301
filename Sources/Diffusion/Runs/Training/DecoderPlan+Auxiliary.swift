internal import Datasets

extension DecoderPlan {
    /// What supports a training with ``auxiliary`` would make; nil for one without.
    ///
    /// - Throws: `RunError` and the errors of datasets and generators.
    public func forecast() throws -> SupportForecast? {
        guard let made = try auxiliary?.make(DecoderTask.compute(self)) else { return nil }
        let data = try dataset.training(fold: fold)
        let training = settings.training
        let items = try HeldOutSplit(data, count: training.heldOutClasses, seed: training.seed).training
        return try made.forecast(count: items.count) { try Self.shown(items[$0], in: data) }
    }

    /// An item as a support.
    static func shown(_ item: DatasetItem, in data: any FewShotDataset) throws -> ShownSupport {
        let mask = try data.mask(of: item.classID, in: item.id).object
        let support = Support(image: try data.image(item.id), annotation: .mask(mask), id: item.id)
        return ShownSupport(support, of: FewShotClass(id: item.classID, name: data.className(item.classID)))
    }
}
