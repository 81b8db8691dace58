import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import summary_tags


def tags_of(ask, loss=1.0):
  """The tags and values that a graph writes."""
  with tf.Graph().as_default(), tf.Session() as session:
    ask()
    summary_tags.agree_with_evaluation(tf.constant(loss))
    written = tf.Summary.FromString(session.run(tf.summary.merge_all()))
  return {value.tag: value.simple_value for value in written.value}


def test_scopes_of_the_model_leave_no_numbers():
  def ask():
    with tf.variable_scope("reconstruction_loss"):
      value = tf.constant(2.0)
    tf.add(value, 1.0, name="elbo")
    tf.summary.scalar("reconstruction_loss", value)
    tf.summary.scalar("elbo", value + 1.0)
    tf.summary.scalar("kl_loss", value + 2.0)

  assert tags_of(ask) == {
      "reconstruction_loss": 2.0, "elbo": 3.0, "kl_loss": 4.0, "loss": 1.0}


def test_numbers_that_were_asked_for_stay():
  def ask():
    for i in (1, 2):
      tf.summary.scalar(f"reconstruction_loss_prefix_{i}", float(i))
    tf.summary.scalar("same", 3.0)
    tf.summary.scalar("same", 4.0)

  assert tags_of(ask) == {
      "reconstruction_loss_prefix_1": 1.0, "reconstruction_loss_prefix_2": 2.0,
      "same": 3.0, "same_1": 4.0, "loss": 1.0}


def test_two_summaries_never_share_a_tag():
  def ask():
    tf.constant(0.0, name="conv")
    tf.summary.scalar("conv_1", 1.0)
    tf.summary.scalar("conv_2", 2.0)

  assert tags_of(ask) == {"conv_1": 1.0, "conv_2": 2.0, "loss": 1.0}


def test_a_loss_of_the_model_is_not_written_twice():
  def ask():
    loss = tf.constant(5.0, name="loss")
    tf.summary.scalar("loss", loss)

  assert tags_of(ask) == {"loss": 5.0}


def test_histograms():
  def ask():
    value = tf.constant([1.0], name="gates")
    tf.summary.histogram("gates", value)

  assert set(tags_of(ask)) == {"gates", "loss"}
