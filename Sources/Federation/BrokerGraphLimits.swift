package import NIOCore

/// The bounds of what one bridge knows of the others, and of what it computes.
package struct BrokerGraphLimits: Sendable {
    /// Nothing that another bridge may have carried so far is carried before the graph was quiet for this time: news takes a few
    /// milliseconds a broker, and at most `tellInterval` where one came just before it.
    package var hold = TimeAmount.seconds(1)
    /// A graph that never is quiet, because a bridge comes and goes, is taken as it is after so many times `hold`.
    package var holdMaximum = 10
    /// Between two descriptions on one broker.
    package var tellInterval = TimeAmount.milliseconds(50)
    /// Bytes of a description.
    package var descriptionByteMaximum = 65_536
    /// Edges in a description, and edges that are computed with.
    package var edgeMaximum = 500
    /// Bridges by which news of an edge comes, one behind the other.
    package var tellerMaximum = 16
    /// Descriptions that are kept, a broker.
    package var descriptionMaximum = 500
    /// Bytes of the descriptions, and of the topics that they are under, that are kept, a broker.
    package var heardByteMaximum = 4_194_304
    /// Names of one topic that are followed on one broker; more come up only where a prefix is added in each round.
    package var nameMaximum = 8
    /// Topics whose decision is kept.
    package var topicMaximum = 4_096

    package init() {}
}
