"""The terms of upstream's and our losses, by their names."""
import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import loss_terms


def test_terms_have_the_names_of_their_summaries_or_operations():
  with tf.Graph().as_default():
    values = tf.placeholder(tf.float32, [3])
    kl_loss = tf.reduce_sum(values**2, name="kl_loss")
    mean = tf.reduce_mean(values)
    tf.summary.scalar("reconstruction_loss", mean)
    loss = tf.add(mean, 4.0 * kl_loss, name="loss")
    terms = loss_terms.find(loss)
    with tf.Session() as session:
      found = session.run(terms, {values: [1, 2, 6]})
  assert found == {"reconstruction_loss": 3.0, "kl_loss": 41.0}


def test_a_regularizer_is_a_term_and_so_are_its_parts():
  with tf.Graph().as_default():
    kl_loss = tf.reduce_sum(tf.placeholder(tf.float32, [3]), name="kl_loss")
    penalty = tf.reduce_sum(tf.placeholder(tf.float32, [3]), name="penalty")
    regularizer = kl_loss + penalty
    tf.summary.scalar("regularizer", regularizer)
    assert list(loss_terms.find(2.0 * regularizer)) == [
        "regularizer", "kl_loss", "penalty"]


def test_a_loss_of_one_term_has_none():
  with tf.Graph().as_default():
    loss = tf.reduce_mean(tf.constant(np.ones([2]), tf.float32))
    assert not loss_terms.find(loss)
