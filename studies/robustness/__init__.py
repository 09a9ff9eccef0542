"""Study: accuracy on corrupted and transformed images and on adversarial examples."""
