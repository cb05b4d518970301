public import ArgumentParser
public import Datasets
public import SegModels
public import TensorCore

// Values of the libraries that the command line names by their raw text.
extension Precision: ExpressibleByArgument {}
extension PriorKind: ExpressibleByArgument {}
extension AnnotationRule: ExpressibleByArgument {}
extension EpisodeProtocol: ExpressibleByArgument {}
