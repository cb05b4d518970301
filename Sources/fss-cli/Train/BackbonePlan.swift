internal import Datasets
internal import Diffusion
internal import SegModels
internal import TensorCore

/// All that decides a backbone's training.
struct BackbonePlan: TrainingPlan {
    static let command = "train backbone"
    static let resumption = "fss train backbone --resume"
    static let folderPrefix = "backbone"
    static let modelFile = "backbone.safetensors"

    var dataset: DatasetChoice
    var fold: Int
    var description: BackboneDescription
    var precision: Precision
    var configuration: DensePretraining.Configuration
    /// Steps between checkpoints.
    var checkpointInterval: Int
    /// Filled in when the run starts; a run is only continued with the same.
    var listHash: String?

    /// What the labels are told apart by.
    func tasks(_ data: any FewShotDataset) -> [DensePretraining.Task] {
        if dataset.name == DatasetRegistry.shapes5i { return DensePretraining.Task.shapes5i }
        let groups = data.classes.enumerated().map { ($0.element.id, $0.offset + 1) }
        return [DensePretraining.Task(name: "class", groups: Dictionary(groups) { $1 })]
    }
}
